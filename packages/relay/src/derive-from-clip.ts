import type { InsertedTask } from '@reelay/db/moves/inserts'
import { type AcceptTaskDeps, acceptTask, type TaskRequest } from './accept-task.ts'
import { checkTakesClip, type DerivationOfDeps, derivationOf, type NewDerivation } from './derivation-of.ts'
import { RelayError } from './errors.ts'
import { type RemoveClipDeps, removeClip } from './remove-clip.ts'
import { requestHash } from './request-hash.ts'
import { type UploadClipDeps, type UploadedClip, uploadClip } from './upload-clip.ts'

export type ClipRequest = Pick<TaskRequest, 'user' | 'key' | 'resend' | 'wait'> & {
  derivation: NewDerivation
  clip: UploadedClip
}

export type DeriveFromClipDeps = AcceptTaskDeps & DerivationOfDeps & UploadClipDeps & RemoveClipDeps

/**
 * Has a video made from a clip that comes with the request, which is kept as an upload first; or returns the task that
 * the same request made before. What tells requests apart is the bytes and not the upload: where a process died between
 * the two a re-send finds the upload, and where two sends of one request overlap only one of them is accepted. Throws
 * RelayError, and keeps nothing where no upstream would make it.
 */
export async function deriveFromClip(
  { user, key, resend, derivation, clip, wait }: ClipRequest,
  deps: DeriveFromClipDeps,
): Promise<{ task: InsertedTask; created: boolean }> {
  checkTakesClip(clip, derivation, deps.upstreams.registry)
  const { bytes, sha256 } = clip
  const identity = { ...derivation, source: { bytes, sha256 } }
  const hash = requestHash(identity)
  const request = { userId: user, clientRequestId: key, requestHash: hash }
  const earlier = await deps.tasks.findRequest(request, resend === true)
  if (earlier && earlier.requestHash !== hash) throw new RelayError('idempotency_key_reused')
  if (earlier) return { task: earlier, created: false }

  const upload = await uploadClip({ user, key: key && sourceKey(key), resend, prompt: '', clip }, deps)
  const source = { user, videoId: upload.task.videoId }
  const wanted = await derivationOf(source, derivation, deps)
  const accepted = await acceptTask({ user, key, resend, wanted, identity, wait }, deps)
  // Another send of this request got there first, with an upload of its own.
  if (upload.created && accepted.task.metadata.remix_from !== source.videoId) await removeClip(source, deps)
  return accepted
}

/** The client's key is that of what is made. */
function sourceKey(key: string): string {
  return `source-${requestHash({ sourceOf: key })}`
}
