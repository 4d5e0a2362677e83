import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Dialect, List, Pages } from '../dialect.ts'
import { type Faults, quirkOf } from '../faults/faults.ts'
import { type ById, existingVideo, isOwn, type LookupDeps } from '../find-video.ts'
import { readInput } from '../input.ts'
import { noSuchVideo, Problem } from '../problem.ts'
import type { Show } from '../shown.ts'
import { ageOf, isFinished, type Video } from '../videos.ts'

interface Deps extends LookupDeps {
  dialect: Dialect
  faults: Faults
  show: Show
  pollAfterMs: number | undefined
}

export async function videoRoutes(app: FastifyInstance, deps: Deps) {
  const { dialect, faults, show, pollAfterMs } = deps

  app.get<ById>('/videos/:id', { config: { scope: 'retrieve' } }, async (request, reply) => {
    await faults.meetArmed('retrieve', request)
    const video = existingVideo(request, request.params.id, deps)
    await faults.meet('retrieve', video.faults, { subject: video.id, age: ageOf(video), request })

    if (dialect.hasOpenaiHeaders && pollAfterMs !== undefined && !isFinished(video)) {
      reply.header('openai-poll-after-ms', pollAfterMs)
    }
    const shown = show(request, video)
    reply.code(dialect.videoStatus?.(shown) ?? 200)
    return (await dialect.video(shown)) ?? reply.send()
  })

  if (dialect.list) listRoute(app, dialect.list, deps)
  if (dialect.remove) deleteRoute(app, dialect.remove, deps)
}

function listRoute(app: FastifyInstance, { pages, requires = [], answer }: List, deps: Deps) {
  const { dialect, faults, show, videos, isolateKeys } = deps
  const mustHave = z.object(Object.fromEntries(requires.map((name) => [name, z.string().min(1)])))

  app.get('/videos', { config: { scope: 'list' } }, async (request) => {
    const quirks = await faults.meetArmed('list', request)
    readInput(mustHave, request.query)
    const isShown = (video: Video) =>
      (!isolateKeys || isOwn(video, request.key)) && !faults.hides(video, ageOf(video))
    const all = videos.newestFirst().filter(isShown)
    const { page, hasMore } = pages
      ? pageOf(all, request.query, pages, dialect)
      : { page: all, hasMore: false }
    const data = await Promise.all(
      page.map(async (video) => (await dialect.video(show(request, video))) ?? {}),
    )
    const [firstId, lastId] = [page[0]?.id ?? null, page.at(-1)?.id ?? null]
    return answer({ data, firstId, lastId, hasMore, isBare: quirkOf(quirks, 'bare_list') !== undefined })
  })
}

function pageOf(newestFirst: Video[], query: unknown, pages: Pages, { canonicalId }: Dialect) {
  const querySchema = z.object({
    limit: z.coerce.number().int().min(0).max(pages.maxLimit).default(pages.limit),
    order: z.enum(['asc', 'desc']).default('desc'),
    after: z.string().optional(),
  })
  const { limit, order, after } = readInput(querySchema, query)
  const all = order === 'asc' ? newestFirst.toReversed() : newestFirst
  if (after === undefined) return { page: all.slice(0, limit), hasMore: limit < all.length }

  const start = all.findIndex(({ id }) => id === (canonicalId?.(after) ?? after)) + 1
  if (start > 0) return { page: all.slice(start, start + limit), hasMore: start + limit < all.length }
  if (pages.afterUnknown === 'nothing') return { page: [], hasMore: false }
  throw noSuchVideo(after)
}

function deleteRoute(app: FastifyInstance, { running, answer }: NonNullable<Dialect['remove']>, deps: Deps) {
  const { faults, show, videos } = deps

  app.delete<ById>('/videos/:id', { config: { scope: 'delete' } }, async (request: FastifyRequest<ById>) => {
    const armed = await faults.meetArmed('delete', request)
    const video = existingVideo(request, request.params.id, deps)
    const victim = { subject: video.id, age: ageOf(video), request }
    const quirks = [...armed, ...(await faults.meet('delete', video.faults, victim))]
    if (!isFinished(video) && running === 'is refused') {
      throw new Problem('still_running', 'The video is still being made.', { param: 'video_id' })
    }

    video.cancelled = running === 'is cancelled'
    videos.delete(video.id)
    if (quirkOf(quirks, 'delete_unsure'))
      throw new Problem('cancel_unsure', 'The video may still be running.')
    return answer(show(request, video))
  })
}
