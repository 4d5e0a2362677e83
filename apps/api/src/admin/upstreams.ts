import { success } from '@reelay/contracts/replies'
import { UpstreamReports } from '@reelay/contracts/upstreams'
import type { CredentialState } from '@reelay/db/credential-states'
import type { CallCounts } from '@reelay/queue/call-counts'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { about } from '../openapi/about.ts'
import { upstreamReports } from './upstream-reports.ts'

export type UpstreamsDeps = {
  upstreams: Pick<Upstreams, 'registry'>
  credentialStates: () => Promise<CredentialState[]>
  callCounts: Pick<CallCounts, 'lastHour'>
  requireAdmin: (request: FastifyRequest) => Promise<void>
}

export const upstreams: FastifyPluginAsyncZod<UpstreamsDeps> = async (app, deps) => {
  const { registry } = deps.upstreams
  app.get(
    '/api/admin/upstreams',
    {
      onRequest: [authenticate, deps.requireAdmin],
      schema: {
        ...about({
          summary: 'How upstreams and their credentials are doing',
          tag: 'admin',
          description:
            'For ADMINs. Figures of all processes. A credential that tasks name and the file of upstreams no longer does is gone.',
          security: ['account'],
          fails: ['forbidden'],
        }),
        response: { 200: success(UpstreamReports) },
      },
    },
    async () => {
      const [states, calls] = await Promise.all([
        deps.credentialStates(),
        deps.callCounts.lastHour().catch(() => undefined),
      ])
      return { success: true as const, data: { upstreams: upstreamReports(registry, { states, calls }) } }
    },
  )
}
