import { credentialOf } from '@reelay/contracts/credential'
import { loggableReason } from '@reelay/db/errors'
import type { StoredClip, TaskRow } from '@reelay/db/schema'
import { createWholeCheck } from '@reelay/media/clips/whole-clip'
import { newClipKey } from '@reelay/media/object-keys'
import type { MediaStore } from '@reelay/media/store'
import type { Content } from '@reelay/upstream/content/content'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { Logger } from 'pino'
import { storeThumbnail } from './store-thumbnail.ts'

/**
 * `there_again`: missed before, and not stored yet. `interrupted`: another worker has the job by now, or this one
 * stops.
 */
export type Stored =
  | { kind: 'stored'; clip: StoredClip }
  | { kind: 'missing' }
  | { kind: 'there_again' }
  | { kind: 'trouble'; reason: string }
  | { kind: 'interrupted' }

type StoreClipDeps = { upstreams: Pick<Upstreams, 'clientOf'>; store: MediaStore; log: Logger }

/** A server that sends a byte now and then would keep its slot for ever. */
const LONGEST_MS = 3_600_000

/** Streams a clip from upstream into the store; what is not whole is not there. */
export async function storeClip(
  task: TaskRow,
  { interrupted, wasMissed }: { interrupted: AbortSignal; wasMissed: boolean },
  { upstreams, store, log }: StoreClipDeps,
): Promise<Stored> {
  const upstream = upstreams.clientOf(credentialOf(task))
  if (!upstream || task.externalTaskId === null)
    return { kind: 'trouble', reason: 'its upstream is not configured' }
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(LONGEST_MS)])
  try {
    const content = await upstream.openContent(task.externalTaskId, { signal })
    if (content.kind !== 'bytes') return failed(content, interrupted)
    if (wasMissed) {
      content.body.on('error', () => {}).destroy()
      return { kind: 'there_again' }
    }
    const key = newClipKey(task.videoId)
    const check = createWholeCheck()
    const digest = await store.put(key, check.pass(asLongAsSaid(content)), { signal })
    const clip = { key, ...digest, type: check.type() ?? 'application/octet-stream' }
    const thumbnail = await storeThumbnail(task, { upstream, store, signal, log })
    return { kind: 'stored', clip: { ...clip, ...(thumbnail && { thumbnail }) } }
  } catch (error) {
    return interrupted.aborted ? { kind: 'interrupted' } : { kind: 'trouble', reason: loggableReason(error) }
  }
}

function failed(content: Exclude<Content, { kind: 'bytes' }>, interrupted: AbortSignal): Stored {
  if (interrupted.aborted) return { kind: 'interrupted' }
  if (content.kind === 'missing') return { kind: 'missing' }
  return { kind: 'trouble', reason: 'reason' in content ? content.reason : content.kind }
}

async function* asLongAsSaid({
  body,
  header,
}: Extract<Content, { kind: 'bytes' }>): AsyncGenerator<Uint8Array> {
  const said = header('content-length')
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    yield chunk
  }
  if (said !== undefined && bytes !== Number(said))
    throw new Error('the clip is not as long as upstream said')
}
