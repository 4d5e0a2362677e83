import { loggableReason } from '@reelay/db/errors'
import type { Moves } from '@reelay/db/moves'
import type { TaskRow } from '@reelay/db/schema'
import { removeClips } from '@reelay/media/remove-clips'
import type { MediaStore } from '@reelay/media/store'
import type { Logger } from 'pino'
import type { Announce } from './announce.ts'
import { RelayError } from './errors.ts'
import { type GetOwnTaskDeps, getOwnTask, type Named } from './get-own-task.ts'

export type RemoveClipDeps = GetOwnTaskDeps & {
  moves: Pick<Moves, 'removeClip'>
  store: Pick<MediaStore, 'list' | 'remove'>
  announce: Announce
  log: Pick<Logger, 'warn'>
}

/** Removes the clip of a COMPLETED task from our own store, and keeps the task. Doing it twice changes nothing. */
export async function removeClip(named: Named, deps: RemoveClipDeps): Promise<TaskRow> {
  const task = await getOwnTask(named, deps)
  const { videoId, status } = task
  if (status !== 'COMPLETED') throw new RelayError('not_completed')
  const changed = await deps.moves.removeClip(videoId)
  if (changed) await deps.announce(changed)
  // The row is the promise: what is left of the bytes goes with the next sweep of the store.
  await removeClips(videoId, deps.store).catch((error) =>
    deps.log.warn({ videoId, reason: loggableReason(error) }, 'clip not removed from the store yet'),
  )
  return changed ?? task
}
