import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { ApiError, videoNotFound } from '../errors.ts'
import type { Faults } from '../faults.ts'
import { readInput } from '../submission.ts'
import { ageOf, lifeOf, toResource, type Video, type Videos } from '../videos.ts'
import { clipUrl } from './content.ts'
import { type ById, existing } from './existing.ts'

interface Deps {
  faults: Faults
  videos: Videos
  base: string
  pollAfterMs: number | undefined
  clipHost: string | undefined
}

const listQuery = z.object({
  limit: z.coerce.number().int().min(0).max(100).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
  after: z.string().optional(),
})

export async function videoRoutes(app: FastifyInstance, deps: Deps) {
  const { faults, videos, base, pollAfterMs, clipHost } = deps

  app.get<ById>('/videos/:id', async (request, reply) => {
    await faults.meetArmed('retrieve', request)
    const video = existing(videos, request.params.id)
    await faults.meet('retrieve', video.faults, { subject: video.id, age: ageOf(video), request })

    if (pollAfterMs !== undefined && !isFinished(video)) reply.header('openai-poll-after-ms', pollAfterMs)
    const showsUrl = base.startsWith('/sora') && lifeOf(video).status === 'completed'
    return showsUrl
      ? { ...toResource(video), video_url: clipUrl(request, video, clipHost) }
      : toResource(video)
  })

  app.get('/videos', async (request) => {
    await faults.meetArmed('list', request)
    const query = readInput(listQuery, request.query)
    const shown = videos.newestFirst().filter((video) => !faults.hides(video, ageOf(video)))
    return pageOf(shown, query)
  })

  app.delete<ById>('/videos/:id', async (request) => {
    const video = existing(videos, request.params.id)
    if (!isFinished(video)) throw new ApiError(409, 'The video is still being made.', { param: 'video_id' })
    videos.delete(video.id)
    return { id: video.id, object: 'video.deleted', deleted: true }
  })
}

function pageOf(newestFirst: Video[], { limit, order, after }: z.output<typeof listQuery>) {
  const all = order === 'asc' ? newestFirst.toReversed() : newestFirst
  const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1
  if (after !== undefined && start === 0) throw videoNotFound(after)
  const data = all.slice(start, start + limit).map(toResource)
  const hasMore = start + limit < all.length
  const [first, last] = [data[0]?.id ?? null, data.at(-1)?.id ?? null]
  return { object: 'list', data, first_id: first, last_id: last, has_more: hasMore }
}

function isFinished(video: Video): boolean {
  const { status } = lifeOf(video)
  return status === 'completed' || status === 'failed'
}
