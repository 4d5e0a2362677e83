import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Dialect, List, Pages } from '../dialect.ts'
import { type Faults, quirkOf } from '../faults/faults.ts'
import { playList } from '../faults/play-list.ts'
import { isOwn, type LookupDeps } from '../find-video.ts'
import { readInput } from '../input.ts'
import { noSuchVideo } from '../problem.ts'
import type { Show } from '../shown.ts'
import { ageOf, type Video } from '../videos.ts'

interface Deps extends LookupDeps {
  dialect: Dialect
  faults: Faults
  show: Show
}

export function listRoute(app: FastifyInstance, { pages, requires = [], answer }: List, deps: Deps) {
  const { dialect, faults, show, videos, isolateKeys } = deps
  const mustHave = z.object(Object.fromEntries(requires.map((name) => [name, z.string().min(1)])))

  app.get('/videos', { config: { scope: 'list' } }, async (request, reply) => {
    const quirks = await faults.meetArmed('list', request)
    readInput(mustHave, request.query)
    const { at, date, order, momentOf, tell } = playList(quirks)
    const isShown = (video: Video) =>
      video.bornAt <= at &&
      (!isolateKeys || isOwn(video, request.key)) &&
      !faults.hides(video, ageOf(video, at))
    const all = order(videos.newestFirst().filter(isShown))
    const { page, hasMore } = pages
      ? pageOf(all, request.query, pages, dialect)
      : { page: all, hasMore: false }
    const told = page.flatMap((video, n) => tell(show(request, video, momentOf(n)), n))
    const data = await Promise.all(told.map(async (shown) => (await dialect.video(shown)) ?? {}))
    const [firstId, lastId] = [page[0]?.id ?? null, page.at(-1)?.id ?? null]
    if (date) reply.header('date', date)
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
