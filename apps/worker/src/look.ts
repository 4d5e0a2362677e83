import type { ExternalTaskId } from '@reelay/contracts/task'
import type { SoraClient } from '@reelay/sora/client'
import type { RetrieveOutcome } from '@reelay/sora/outcome'

/** What a look at a video found; `empty` is one that is completed and has nothing to play. */
export type Look = RetrieveOutcome | { kind: 'empty' }

/** Looks at a video, and for its content when upstream calls it completed: both within the time for one read. */
export async function lookAt(
  id: ExternalTaskId,
  sora: Pick<SoraClient, 'pollTimeoutMs' | 'retrieve' | 'probeContent'>,
): Promise<Look> {
  const startedAt = performance.now()
  const answer = await sora.retrieve(id)
  if (answer.kind !== 'video' || answer.video.status !== 'completed') return answer
  const leftMs = startedAt + sora.pollTimeoutMs - performance.now()
  const content = await sora.probeContent(id, answer.video, leftMs)
  if (content.kind === 'there') return answer
  return content.kind === 'missing' ? { kind: 'empty' } : content
}
