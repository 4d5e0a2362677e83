import type { ExternalTaskId } from '@reelay/contracts/task'
import { createReading } from '../src/dialect/reading.ts'
import { readVideo, type Video } from '../src/video/video.ts'
import { aDialect } from './upstream.ts'

/** How answers are read where a dialect says nothing. */
export const usual = createReading(aDialect())

/** The video that an answer tells of, as to one who asked for none by its id. */
export function videoIn(body: unknown): Video | undefined {
  return readVideo(body, { reading: usual })
}

export function videoOf(body: unknown, id: string, base?: URL): Video | undefined {
  return readVideo(body, { reading: usual, id: id as ExternalTaskId, ...(base && { base }) })
}
