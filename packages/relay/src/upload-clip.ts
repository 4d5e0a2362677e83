import type { Moves } from '@reelay/db/moves'
import type { Metadata, TaskRow } from '@reelay/db/schema'
import type { Tasks } from '@reelay/db/tasks'
import type { Clip } from '@reelay/media/clips/clip'
import { newClipKey } from '@reelay/media/object-keys'
import type { Digest, MediaStore } from '@reelay/media/store'
import type { Announce } from './announce.ts'
import { newVideoId } from './new-video-id.ts'
import { type NewFile, type PutInStoreDeps, putInStore } from './put-in-store.ts'
import { requestHash } from './request-hash.ts'
import { retryInsert } from './retry-insert.ts'
import { sameRequest } from './same-request.ts'

export type UploadRequest = {
  user: string
  key: string | null
  resend: boolean | undefined
  prompt: string
  metadata?: Metadata | null | undefined
  clip: UploadedClip
}

export type UploadedClip = NewFile & Digest & Omit<Clip, 'type'>

export type UploadClipDeps = PutInStoreDeps & {
  tasks: Pick<Tasks, 'findRequest'>
  moves: Pick<Moves, 'insertUpload'>
  store: Pick<MediaStore, 'put' | 'remove'>
  announce: Announce
}

/**
 * Keeps a clip of a user's own as a COMPLETED task to make remixes from, which no upstream knows and nobody pays for; or
 * returns the task that the same request made before.
 */
export async function uploadClip(
  { user, key, resend, prompt, metadata, clip }: UploadRequest,
  deps: UploadClipDeps,
): Promise<{ task: TaskRow; created: boolean }> {
  const { bytes, sha256, type } = clip
  const hash = requestHash({ prompt, metadata: metadata ?? {}, upload: { bytes, sha256 } })
  const request = { userId: user, clientRequestId: key, requestHash: hash }
  const earlier = await deps.tasks.findRequest(request, resend === true)
  if (earlier) return { task: sameRequest(earlier, hash), created: false }

  const videoId = newVideoId()
  const stored = { key: newClipKey(videoId), bytes, sha256, type }
  // The clip first: a row promises that it is there. What no row names goes with a sweep of the store.
  await putInStore(stored.key, clip, deps)
  const { task, created } = await retryInsert(() =>
    deps.moves.insertUpload({
      ...request,
      ...{ videoId, prompt, clip: stored, seconds: secondsOf(clip), size: sizeOf(clip) },
      metadata: { ...metadata, type: 'upload' },
    }),
  )
  if (created) await deps.announce(task)
  else await deps.store.remove(stored.key).catch(() => {})
  return { task: sameRequest(task, hash), created }
}

/** As upstreams are asked for it: a whole number. */
function secondsOf({ seconds }: UploadedClip): string | null {
  const whole = Math.max(1, Math.round(seconds ?? 0))
  return seconds === null || whole > 999 ? null : String(whole)
}

function sizeOf({ width, height }: UploadedClip): string | null {
  const size = `${width}x${height}`
  return /^\d{2,4}x\d{2,4}$/.test(size) ? size : null
}
