import { QueueReports } from '@reelay/contracts/operations'
import { success } from '@reelay/contracts/replies'
import type { Presence } from '@reelay/queue/presence'
import type { Queues } from '@reelay/queue/queues'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { authenticate } from '../accounts/authentication.ts'
import { ApiError } from '../http/errors.ts'
import { about } from '../openapi/about.ts'

export type QueueReportsDeps = {
  queues: Pick<Queues, 'glances'>
  presence: Pick<Presence, 'count'>
  isRedisConnected: () => boolean
  requireAdmin: (request: FastifyRequest) => Promise<void>
}

export const queueReports: FastifyPluginAsyncZod<QueueReportsDeps> = async (app, deps) => {
  app.get(
    '/api/admin/queues',
    {
      onRequest: [authenticate, deps.requireAdmin],
      config: { refusesKeys: true },
      schema: {
        ...about({
          summary: 'How full the queues are',
          tag: 'admin',
          description:
            'For ADMINs. Jobs by queue, and the workers that said within 15 s that they are there. A job of `poll` is a lane, which polls many tasks.',
          security: ['account'],
          fails: ['forbidden'],
        }),
        response: { 200: success(QueueReports) },
      },
    },
    async ({ log }) => {
      // BullMQ would wait for a connection, and the operator with it.
      if (!deps.isRedisConnected()) throw new ApiError('unavailable')
      try {
        const [queues, workers] = await Promise.all([deps.queues.glances(), deps.presence.count()])
        return { success: true as const, data: { queues, workers } }
      } catch (error) {
        log.warn({ reason: (error as Error).message }, 'redis unavailable')
        throw new ApiError('unavailable')
      }
    },
  )
}
