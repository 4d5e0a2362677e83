import type { CredentialId } from '@reelay/contracts/credential'
import type { ExternalTaskId } from '@reelay/contracts/task'
import type { Moves } from '@reelay/db/moves'
import type { TaskRow } from '@reelay/db/schema'
import type { Announce } from './announce.ts'
import { type EnqueuePollDeps, enqueuePoll } from './enqueue.ts'
import { RelayError } from './errors.ts'
import { newVideoId } from './new-video-id.ts'

export type ImportVideoDeps = EnqueuePollDeps & {
  moves: Pick<Moves, 'importVideo'>
  announce: Announce
}

export type ImportRequest = { user: string; externalTaskId: ExternalTaskId; credential: CredentialId }

/** Adopts a video that was made elsewhere as a user's source. A poll finds out the rest; it is never paid for. */
export async function importVideo(
  { user, externalTaskId, credential }: ImportRequest,
  deps: ImportVideoDeps,
): Promise<TaskRow> {
  const video = { videoId: newVideoId(), userId: user, externalTaskId, credential }
  const imported = await deps.moves.importVideo(video)
  if (typeof imported === 'string') throw new RelayError('already_known', { videoId: imported })
  await deps.announce(imported)
  await enqueuePoll(imported, deps)
  return imported
}
