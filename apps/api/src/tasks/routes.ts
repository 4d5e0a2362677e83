import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { type CancelDeps, cancel } from './cancel.ts'
import { create } from './create.ts'
import { get } from './get.ts'
import { type ImportDeps, importing } from './import.ts'
import { type LineageDeps, lineage } from './lineage.ts'
import { type ListDeps, list } from './list.ts'
import { type RecoverDeps, recover } from './recover.ts'
import { type RemixDeps, remix } from './remix.ts'
import { type RetryDeps, retry } from './retry.ts'

export type TaskRoutesDeps = RemixDeps &
  ListDeps &
  RecoverDeps &
  ImportDeps &
  CancelDeps &
  RetryDeps &
  LineageDeps

/** In the order of the OpenAPI document. */
const routes: FastifyPluginAsyncZod<TaskRoutesDeps>[] = [
  create,
  list,
  get,
  remix,
  recover,
  importing,
  cancel,
  retry,
  lineage,
]

/** All that a user may do with tasks. */
export const taskRoutes: FastifyPluginAsyncZod<TaskRoutesDeps> = async (app, deps) => {
  for (const route of routes) await app.register(route, deps)
}
