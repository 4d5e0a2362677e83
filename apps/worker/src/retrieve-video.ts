import type { CredentialId } from '@reelay/contracts/credential'
import type { MadeVideo } from '@reelay/db/ledger/unsent'
import type { Reads } from '@reelay/upstream/client'
import type { RetrieveOutcome, Trouble } from '@reelay/upstream/read-outcome'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { Video } from '@reelay/upstream/video/video'

/**
 * What upstream says of a video. `empty`: completed, but there is nothing to play. Trouble with `completed`: the
 * video is there, its content could not be reached.
 */
export type Observation = RetrieveOutcome | { kind: 'empty' } | (Trouble & { completed?: Video })

/**
 * Retrieves a video with the credential that made it, and looks for its content when it is completed: both within the
 * time for one read.
 */
export async function retrieveVideo(
  { externalId, credential }: MadeVideo,
  upstreams: Pick<Upstreams, 'clientOf'>,
): Promise<Observation> {
  const upstream = upstreams.clientOf(credential)
  if (!upstream) return goneUpstream(credential)
  const startedAt = performance.now()
  const answer = await upstream.retrieve(externalId)
  if (answer.kind !== 'video' || answer.video.status !== 'completed') return answer
  const leftMs = startedAt + upstream.pollTimeoutMs - performance.now()
  const content = await upstream.probeContent(externalId, answer.video, leftMs)
  if (content.kind === 'there') return answer
  return content.kind === 'missing' ? { kind: 'empty' } : { ...content, completed: answer.video }
}

export function isThere(observation: Observation): boolean {
  return observation.kind === 'video' || observation.kind === 'empty' || 'completed' in observation
}

export function hasEnded(observation: Observation): boolean {
  if (observation.kind !== 'video') return observation.kind === 'empty' || 'completed' in observation
  const { status } = observation.video
  return status === 'completed' || status === 'failed' || status === 'cancelled'
}

/** Nobody may be asked of what a credential made that the registry names no longer; it may come back. */
export function goneUpstream(credential: CredentialId): Trouble {
  return { kind: 'trouble', reason: `no upstream has the credential ${credential} any more` }
}

/** What a gone upstream would have to say of its videos is never asked for. */
const ofGone: Reads = { missing: { count: 3, spanMs: 120_000 }, pollFloorMs: 0, list: undefined }

/** Between two polls of a video: the usual time, or longer where upstream allows no less. */
export function intervalOf(
  credential: CredentialId,
  pollIntervalMs: number,
  upstreams: Pick<Upstreams, 'clientOf'>,
): number {
  return Math.max(pollIntervalMs, readsOf(credential, upstreams).pollFloorMs)
}

export function readsOf(credential: CredentialId, upstreams: Pick<Upstreams, 'clientOf'>): Reads {
  return upstreams.clientOf(credential)?.reads ?? ofGone
}
