import { isTerminal } from '@reelay/contracts/lifecycle'
import { VideoId } from '@reelay/contracts/task'
import type { TaskRow } from '@reelay/db/schema'
import type { TaskRepository } from '@reelay/db/task-repository'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { authenticate, verifyToken } from '../authentication.ts'
import { ApiError } from '../errors.ts'
import type { Feed } from '../feed.ts'
import { type FeedEvent, openFeedStream } from '../feed-stream.ts'
import type { Presenter } from '../present.ts'

const Query = z.object({
  token: z.string().max(4096).optional(),
  videoId: z.string().max(100).optional(),
  lastEventId: z.string().max(100).optional(),
})

const RESUME_MARGIN_MS = 2 * 60_000
const FRESH_WINDOW_MS = 10 * 60_000

export type TaskUpdatesDeps = { feed: Feed; tasks: TaskRepository; present: Presenter }

/** `GET /api/sse/task-updates`: the live feed, of all one's tasks or narrowed to one. */
export const taskUpdates: FastifyPluginAsyncZod<TaskUpdatesDeps> = async (app, { feed, tasks, present }) => {
  app.get(
    '/api/sse/task-updates',
    { exposeHeadRoute: false, schema: { querystring: Query }, preValidation: authenticateListener },
    async (request, reply) => {
      const { sub: userId, exp } = request.user
      const seenUpTo = lastEventId(request, request.query.lastEventId)
      const only = await narrowedTo(userId, request.query.videoId)
      if (only && isTerminal(only.status) && seenUpTo !== undefined && seenUpTo >= only.updatedAt.getTime()) {
        return reply.code(204).send()
      }
      if (request.raw.destroyed || reply.raw.destroyed) return reply.hijack()

      const ends: (() => void)[] = []
      const release = () => {
        for (const end of ends.splice(0)) end()
      }
      const stream = openFeedStream(reply, { onClose: release })
      const deliver = (event: FeedEvent) => {
        if (only && event.videoId !== only.videoId) return
        stream.send(event)
        if (only && event.terminal) stream.end()
      }
      try {
        ends.push(feed.attend(stream, { expiresAt: exp * 1000 }))
        ends.push(await joinBeforeReading(deliver))
      } catch (error) {
        request.log.warn({ reason: (error as Error).name }, 'feed not opened')
        stream.end()
      }
      if (stream.isClosed()) release()
      return reply

      /** Subscribe, read, send what was read, then what came meanwhile: the other order loses changes. */
      async function joinBeforeReading(deliver: (event: FeedEvent) => void): Promise<() => void> {
        let early: FeedEvent[] | undefined = []
        const leave = await feed.join(userId, (event) => (early ? early.push(event) : deliver(event)))
        try {
          const since = seenUpTo === undefined ? Date.now() - FRESH_WINDOW_MS : seenUpTo - RESUME_MARGIN_MS
          const rows = only
            ? [await tasks.findOwn(userId, only.videoId)]
            : await tasks.snapshot(userId, new Date(since))
          for (const row of rows) if (row) deliver(feed.event(present.update(row)))
          for (const event of early) deliver(event)
          early = undefined
          return leave
        } catch (error) {
          leave()
          throw error
        }
      }
    },
  )

  async function narrowedTo(userId: string, videoId: string | undefined): Promise<TaskRow | undefined> {
    if (videoId === undefined) return undefined
    const id = VideoId.safeParse(videoId)
    const task = id.success ? await tasks.findOwn(userId, id.data) : undefined
    if (!task) throw new ApiError('task_not_found')
    return task
  }
}

/** Bearer, or `?token=` for an EventSource, which can set no headers. */
async function authenticateListener(request: FastifyRequest): Promise<void> {
  const { token } = request.query as { token?: unknown }
  if (request.headers.authorization === undefined && typeof token === 'string')
    request.user = verifyToken(request, token)
  else await authenticate(request)
}

/** The client's own word on where it was: only ever a plausible time, or nothing. */
function lastEventId(request: FastifyRequest, query: string | undefined): number | undefined {
  const given = request.headers['last-event-id'] ?? query
  return typeof given === 'string' && /^\d{13}$/.test(given) ? Number(given) : undefined
}
