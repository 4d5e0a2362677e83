import type { VideoId } from '@reelay/contracts/task'
import { loggableReason } from '@reelay/db/errors'
import type { Moves } from '@reelay/db/moves'
import { pictureKey } from '@reelay/media/object-keys'
import { removeClips } from '@reelay/media/remove-clips'
import type { MediaStore } from '@reelay/media/store'
import type { ProgressPublisher } from '@reelay/queue/progress'
import type { Logger } from 'pino'
import { RelayError } from './errors.ts'
import { type GetOwnTaskDeps, getOwnTask, type Named } from './get-own-task.ts'

export type DeleteTaskDeps = GetOwnTaskDeps & {
  moves: Pick<Moves, 'delete'>
  store: Pick<MediaStore, 'list' | 'remove'>
  publish: ProgressPublisher
  log: Pick<Logger, 'info' | 'warn'>
}

/**
 * Hides a user's ended task for good, removes its clip and its picture from our own store, and returns its name. What was
 * paid stays in the ledger, and nothing is deleted upstream. Throws `not_deletable` for one that has not ended, and
 * `task_not_found` for one that is deleted already.
 */
export async function deleteTask(named: Named, deps: DeleteTaskDeps): Promise<VideoId> {
  const { videoId } = await getOwnTask(named, deps)
  const deleted = await deps.moves.delete(named.user, videoId)
  if (!deleted) {
    const { status } = await getOwnTask(named, deps)
    throw new RelayError('not_deletable', { videoId, status })
  }
  const { userId, attempt, status, version, updatedAt } = deleted
  deps.log.info({ videoId, attempt, status, version }, 'task deleted')
  const payload = { videoId, version }
  await deps.publish(userId, { type: 'taskDeleted', timestamp: updatedAt.getTime(), payload })
  // The row is the promise: what is left of the bytes goes with the next sweep of the store.
  await removeFiles(videoId, deps.store).catch((error) =>
    deps.log.warn({ videoId, reason: loggableReason(error) }, 'files not removed from the store yet'),
  )
  return videoId
}

async function removeFiles(videoId: VideoId, store: DeleteTaskDeps['store']): Promise<void> {
  await Promise.all([removeClips(videoId, store), store.remove(pictureKey(videoId))])
}
