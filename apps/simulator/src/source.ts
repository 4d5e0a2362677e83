import type { FastifyRequest } from 'fastify'
import type { Faults } from './faults/faults.ts'
import { findVideo, type LookupDeps } from './find-video.ts'
import { Problem } from './problem.ts'
import { ageOf, lifeOf, type Video } from './videos.ts'
import type { Wish } from './wish.ts'

/** The id of the video that a wish starts from, if it names one of ours. */
export function sourceIdOf({ source }: Wish, { canonicalId }: LookupDeps['dialect']): string | null {
  if (source?.by === 'id') return canonicalId?.(source.id) ?? source.id
  const [, id] = source?.by === 'url' ? (/\/clips\/([^/]+)\.mp4/.exec(source.url) ?? []) : []
  return id === undefined ? null : decodeURIComponent(id)
}

/** The finished video that a wish starts from; undefined when that is nothing of ours. */
export async function findSource(
  request: FastifyRequest,
  wish: Wish,
  deps: LookupDeps & { faults: Faults },
): Promise<Video | undefined> {
  const id = sourceIdOf(wish, deps.dialect)
  if (id === null) return undefined
  return wish.source?.by === 'url' ? byUrl(request, id, deps) : byId(request, id, deps)
}

function byId(request: FastifyRequest, id: string, deps: LookupDeps): Video {
  const video = findVideo(request, id, deps)
  if (!video) {
    deps.bill.mistake('unknownSource')
    throw new Problem('no_such_source', `Video with id '${id}' not found.`, { param: 'video_id' })
  }
  if (lifeOf(video).status === 'completed') return video
  throw new Problem('source_unfinished', `Video '${id}' is not completed.`, { param: 'video_id' })
}

/** Anyone may fetch a clip by its address, while it is there. */
async function byUrl(
  request: FastifyRequest,
  id: string,
  { videos, faults }: LookupDeps & { faults: Faults },
): Promise<Video> {
  const video = videos.find(id)
  const gone = new Problem('source_gone', 'The video could not be fetched from its url.', {
    param: 'video.url',
  })
  if (!video || lifeOf(video).status !== 'completed') throw gone
  await faults
    .meet('content', video.faults, { subject: id, age: ageOf(video), request })
    .catch((error: unknown) => {
      // What leads elsewhere is followed.
      if (error instanceof Problem) throw gone
    })
  return video
}
