import { ids } from '@reelay/contracts/examples'
import { VideoId } from '@reelay/contracts/task'
import type { Tasks } from '@reelay/db/tasks'
import type { Tickets } from '@reelay/queue/tickets'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ApiError } from '../http/errors.ts'
import { about } from '../openapi/about.ts'
import { theFeed } from '../openapi/feed.ts'
import type { Presenter } from '../tasks/present.ts'
import { type FeedEvent, feedEvent } from './event.ts'
import type { Feed, FeedMember } from './feed.ts'
import { identifyListener } from './identity.ts'
import { answerListener } from './refusal.ts'
import { openFeedStream } from './stream.ts'

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

const RESUME_MARGIN_MS = 2 * 60_000

export type TaskUpdatesDeps = { feed: Feed; tasks: Tasks; tickets: Tickets; present: Presenter }

/** `GET /api/sse/task-updates`: the live feed, of all one's tasks or narrowed to one. */
export const taskUpdates: FastifyPluginAsyncZod<TaskUpdatesDeps> = async (app, deps) => {
  const { feed, tasks, present } = deps
  app.get(
    '/api/sse/task-updates',
    {
      exposeHeadRoute: false,
      config: { isAdmitted: true },
      errorHandler: answerListener,
      schema: { ...about(theFeed), querystring: Query },
    },
    async (request, reply) => {
      const { userId, expiresAt } = await identifyListener(request, request.query, deps.tickets)
      const { raw } = reply
      // Its 'close' has been: whatever is held from here on would be held for ever.
      if (raw.destroyed) return reply.hijack()

      const held = new DisposableStack()
      raw.once('close', () => held.dispose())
      const hold = (release: () => void) => (held.disposed ? release() : held.defer(release))

      hold(feed.connections.take(userId))

      const { videoId } = request.query
      const seenUpTo = lastEventId(request, request.query.lastEventId)
      // Listen, read, send what was read, then what came meanwhile: the other order loses changes.
      const early: FeedEvent[] = []
      const member: FeedMember = { deliver: (event) => early.push(event), end: () => {} }
      hold(await feed.join(userId, member))
      const known = raw.destroyed ? [] : await read(userId, videoId, seenUpTo)
      if (raw.destroyed) return reply.hijack()
      const [only] = videoId === undefined ? [] : known
      if (only?.terminal && seenUpTo !== undefined && seenUpTo >= only.timestamp) {
        return reply.code(204).send()
      }

      const stream = openFeedStream(reply)
      member.end = stream.end
      member.deliver = (event) => {
        if (videoId !== undefined && event.videoId !== videoId) return
        stream.send(event)
        if (videoId !== undefined && event.terminal) stream.end()
      }
      for (const event of [...known, ...early.splice(0)]) member.deliver(event)
      hold(feed.attend(stream, { expiresAt }))
      return reply
    },
  )

  /** The present state: of the one task, or of all that a listener has to know. */
  async function read(userId: string, videoId: string | undefined, seenUpTo: number | undefined) {
    if (videoId === undefined) {
      const since = seenUpTo === undefined ? undefined : seenUpTo - RESUME_MARGIN_MS
      const known = await feed.snapshots.read(userId, since)
      if (!known) throw new ApiError('unauthorized')
      return known
    }
    const id = VideoId.safeParse(videoId)
    const task = id.success ? await tasks.findOwn(userId, id.data) : undefined
    if (!task) throw new ApiError('task_not_found')
    return [feedEvent(present.update(task))]
  }
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
