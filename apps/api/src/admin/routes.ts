import type { FastifyPluginAsync } from 'fastify'
import { type InDoubtDeps, inDoubt } from './in-doubt.ts'
import { type QueueReportsDeps, queueReports } from './queue-reports.ts'
import { type SearchDeps, search } from './search.ts'
import { type UpstreamsDeps, upstreams } from './upstreams.ts'

export type AdminRoutesDeps = UpstreamsDeps & QueueReportsDeps & InDoubtDeps & SearchDeps

/** What the operator's home reads: for ADMINs with a Bearer token. */
export const adminRoutes: FastifyPluginAsync<AdminRoutesDeps> = async (app, deps) => {
  await app.register(upstreams, deps)
  await app.register(queueReports, deps)
  await app.register(inDoubt, deps)
  await app.register(search, deps)
}
