import { loggableReason } from '@reelay/db/errors'
import type { StoredFile, TaskRow } from '@reelay/db/schema'
import { newClipKey } from '@reelay/media/object-keys'
import type { MediaStore } from '@reelay/media/store'
import type { UpstreamClient } from '@reelay/upstream/client'
import type { Logger } from 'pino'

type StoreThumbnailDeps = {
  upstream: Pick<UpstreamClient, 'openThumbnail'>
  store: Pick<MediaStore, 'put'>
  signal: AbortSignal
  log: Logger
}

const WITHIN_MS = 30_000
const MAX_BYTES = 10 * 1024 * 1024

/** Streams the still picture of a clip into the store. A clip without one is kept all the same: trouble is only logged. */
export async function storeThumbnail(
  { videoId, externalTaskId }: TaskRow,
  { upstream, store, signal: interrupted, log }: StoreThumbnailDeps,
): Promise<StoredFile | undefined> {
  if (externalTaskId === null) return undefined
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(WITHIN_MS)])
  try {
    const found = await upstream.openThumbnail(externalTaskId, signal)
    if (found.kind === 'trouble') log.info({ videoId, reason: found.reason }, 'thumbnail not archived')
    if (found.kind !== 'picture') return undefined
    const key = newClipKey(videoId)
    const digest = await store.put(key, upTo(MAX_BYTES, found.body), { type: found.type, signal })
    return { key, ...digest, type: found.type }
  } catch (error) {
    log.info({ videoId, reason: loggableReason(error) }, 'thumbnail not archived')
    return undefined
  }
}

async function* upTo(most: number, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > most) throw new Error(`the thumbnail has more than ${most} bytes`)
    yield chunk
  }
}
