import type { ExternalTaskId } from '@reelay/contracts/task'
import type { UpstreamClient } from '@reelay/upstream/client'
import type { RetrieveOutcome, Trouble } from '@reelay/upstream/read-outcome'
import type { Video } from '@reelay/upstream/video/video'

/**
 * What upstream says of a video. `empty`: completed, but there is nothing to play. Trouble with `completed`: the
 * video is there, its content could not be reached.
 */
export type Observation = RetrieveOutcome | { kind: 'empty' } | (Trouble & { completed?: Video })

/** Retrieves a video, and looks for its content when it is completed: both within the time for one read. */
export async function retrieveVideo(
  id: ExternalTaskId,
  upstream: Pick<UpstreamClient, 'pollTimeoutMs' | 'retrieve' | 'probeContent'>,
): Promise<Observation> {
  const startedAt = performance.now()
  const answer = await upstream.retrieve(id)
  if (answer.kind !== 'video' || answer.video.status !== 'completed') return answer
  const leftMs = startedAt + upstream.pollTimeoutMs - performance.now()
  const content = await upstream.probeContent(id, answer.video, leftMs)
  if (content.kind === 'there') return answer
  return content.kind === 'missing' ? { kind: 'empty' } : { ...content, completed: answer.video }
}
