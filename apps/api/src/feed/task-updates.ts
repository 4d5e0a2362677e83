import { ids } from '@reelay/contracts/examples'
import type { Tickets } from '@reelay/queue/tickets'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { about } from '../openapi/about.ts'
import { theFeed } from '../openapi/feed.ts'
import { identifyListener } from './identity.ts'
import { type ListenDeps, listen } from './listen.ts'
import { refuseListener } from './refusal.ts'

const Query = z.object({
  token: z.string().max(4096).optional(),
  ticket: z.string().max(100).optional(),
  videoId: z
    .string()
    .max(100)
    .optional()
    .meta({ description: 'Narrows to one task, and ends with it', examples: [ids.remix] }),
  lastEventId: z.string().max(100).optional().describe('As Last-Event-ID, for who can set no header'),
})

export type TaskUpdatesDeps = ListenDeps & { tickets: Tickets }

export const taskUpdates: FastifyPluginAsyncZod<TaskUpdatesDeps> = async (app, deps) => {
  app.get(
    '/api/sse/task-updates',
    {
      exposeHeadRoute: false,
      config: { isAdmitted: true },
      errorHandler: refuseListener,
      schema: { ...about(theFeed), querystring: Query },
    },
    async (request, reply) => {
      const listener = await identifyListener(request, request.query, deps.tickets)
      // Its 'close' has been: whatever is held from here on would be held for ever.
      if (reply.raw.destroyed) return reply.hijack()
      const { videoId } = request.query
      const seenUpTo = lastEventId(request, request.query.lastEventId)
      return listen(listener, { videoId, seenUpTo }, reply, deps)
    },
  )
}

/**
 * The client's own word on where it was: only ever a time that has been, or nothing. From the future on nothing would
 * have ended.
 */
function lastEventId(request: FastifyRequest, query: string | undefined): number | undefined {
  const given = request.headers['last-event-id'] || query
  const id = typeof given === 'string' && /^\d{13}$/.test(given) ? Number(given) : undefined
  return id !== undefined && id <= Date.now() ? id : undefined
}
