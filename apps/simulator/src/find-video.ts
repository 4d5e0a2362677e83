import type { FastifyRequest } from 'fastify'
import type { Bill } from './bill.ts'
import type { Dialect } from './dialect.ts'
import { noSuchVideo } from './problem.ts'
import type { Video, Videos } from './videos.ts'

export interface ById {
  Params: { id: string }
}

export interface LookupDeps {
  bill: Bill
  dialect: Dialect
  videos: Videos
  isolateKeys: boolean
}

/** The video of this id, if the key of the request may see it. */
export function findVideo(
  { key }: FastifyRequest,
  id: string,
  { bill, dialect, videos, isolateKeys }: LookupDeps,
): Video | undefined {
  const video = videos.find(dialect.canonicalId?.(id) ?? id)
  if (!video || isOwn(video, key)) return video
  bill.mistake('otherKey')
  return isolateKeys ? undefined : video
}

export function existingVideo(request: FastifyRequest, id: string, deps: LookupDeps): Video {
  const video = findVideo(request, id, deps)
  if (!video) throw noSuchVideo(id)
  return video
}

/** A video that no key made belongs to all. */
export function isOwn(video: Video, key: FastifyRequest['key']): boolean {
  return video.key === null || video.key === (key?.name ?? null)
}
