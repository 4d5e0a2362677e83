import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Bill } from '../bill.ts'
import { ApiError, videoNotFound } from '../errors.ts'
import type { Faults } from '../faults.ts'
import { createBody, editBody, extendBody, readInput, remixBody } from '../submission.ts'
import { ageOf, lifeOf, toResource, type Video, type Videos } from '../videos.ts'
import { clipUrl } from './content.ts'

interface Deps {
  bill: Bill
  faults: Faults
  videos: Videos
  base: string
  pollAfterMs: number | undefined
  clipHost: string | undefined
}

interface ById {
  Params: { id: string }
}

interface Submission {
  prompt: string
  sourceId: string | null
  model?: string | undefined
  size?: string | undefined
  seconds?: string | undefined
  /** Seconds that an extension adds to its source. */
  extension?: string
}

const listQuery = z.object({
  limit: z.coerce.number().int().min(0).max(100).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
  after: z.string().optional(),
})

/** The Videos API, but for the bytes. */
export async function videoRoutes(app: FastifyInstance, deps: Deps) {
  const { bill, faults, videos, base, pollAfterMs, clipHost } = deps

  app.post('/videos', (request) => {
    const { prompt, model, size, seconds } = readInput(createBody, request.body)
    return submit(request, { prompt, model, size, seconds, sourceId: null })
  })

  app.post<ById>('/videos/:id/remix', (request) => {
    const { prompt, model } = readInput(remixBody, request.body)
    return submit(request, { prompt, model, sourceId: request.params.id })
  })

  app.post('/videos/edits', (request) => {
    const { prompt, video } = readInput(editBody, request.body)
    return submit(request, { prompt, sourceId: video.id })
  })

  app.post('/videos/extensions', (request) => {
    const { prompt, video, seconds } = readInput(extendBody, request.body)
    return submit(request, { prompt, sourceId: video.id, extension: seconds })
  })

  app.get<ById>('/videos/:id', async (request, reply) => {
    await faults.meetArmed('retrieve', request)
    const video = existing(request.params.id)
    await faults.meet('retrieve', video.faults, { subject: video.id, age: ageOf(video), request })

    if (pollAfterMs !== undefined && !isFinished(video)) reply.header('openai-poll-after-ms', pollAfterMs)
    const showsUrl = base.startsWith('/sora') && lifeOf(video).status === 'completed'
    return showsUrl
      ? { ...toResource(video), video_url: clipUrl(request, video, clipHost) }
      : toResource(video)
  })

  app.get('/videos', async (request) => {
    await faults.meetArmed('list', request)
    const { limit, order, after } = readInput(listQuery, request.query)
    const all = videos.newestFirst().filter((video) => !faults.hides(video, ageOf(video)))
    if (order === 'asc') all.reverse()

    const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1
    if (after !== undefined && start === 0) throw videoNotFound(after)
    const data = all.slice(start, start + limit).map(toResource)
    const hasMore = start + limit < all.length
    const [first, last] = [data[0]?.id ?? null, data.at(-1)?.id ?? null]
    return { object: 'list', data, first_id: first, last_id: last, has_more: hasMore }
  })

  app.delete<ById>('/videos/:id', async (request) => {
    const video = existing(request.params.id)
    if (!isFinished(video)) throw new ApiError(409, 'The video is still being made.', { param: 'video_id' })
    videos.delete(video.id)
    return { id: video.id, object: 'video.deleted', deleted: true }
  })

  async function submit(request: FastifyRequest, submission: Submission) {
    const { prompt, sourceId } = submission
    const found = faults.ofPrompt(prompt)
    const victim = { subject: JSON.stringify([sourceId, prompt]), age: 0, request }
    await faults.meet('arrival', found, victim)

    const source = sourceId === null ? undefined : completed(sourceId)
    const video = videos.create({
      ...inherit(submission, source),
      faults: found,
      failure: faults.endingOf(found, victim.subject),
    })
    bill.charge(video)

    await faults.meet('answer', found, victim)
    return toResource(video)
  }

  function existing(id: string): Video {
    const video = videos.find(id)
    if (!video) throw videoNotFound(id)
    return video
  }

  function completed(id: string): Video {
    const source = existing(id)
    if (lifeOf(source).status === 'completed') return source
    throw new ApiError(400, `Video '${id}' is not completed.`, { param: 'video_id' })
  }
}

function isFinished(video: Video): boolean {
  const { status } = lifeOf(video)
  return status === 'completed' || status === 'failed'
}

/** What a submission leaves out comes from its source. */
function inherit({ prompt, sourceId, model, size, seconds, extension }: Submission, source?: Video) {
  const length = seconds ?? source?.seconds ?? '4'
  return {
    prompt,
    source: sourceId,
    lineage: [...(source?.lineage ?? []), prompt],
    model: model ?? source?.model ?? 'sora-2',
    size: size ?? source?.size ?? '720x1280',
    seconds: extension === undefined ? length : String(Number(length) + Number(extension)),
  }
}
