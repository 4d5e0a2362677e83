import type { Moves } from '@reelay/db/moves'
import type { TaskRow } from '@reelay/db/schema'
import type { Announce } from './announce.ts'
import { RelayError } from './errors.ts'
import { type GetOwnTaskDeps, getOwnTask, type Named } from './get-own-task.ts'

export type CancelTaskDeps = GetOwnTaskDeps & {
  moves: Pick<Moves, 'cancel'>
  announce: Announce
}

/** Ends the following of a user's task; nothing is deleted upstream. */
export async function cancelTask(named: Named, deps: CancelTaskDeps): Promise<TaskRow> {
  const { videoId } = await getOwnTask(named, deps)
  const moved = await deps.moves.cancel(named.user, videoId)
  if (!moved) {
    const { status } = await getOwnTask(named, deps)
    throw new RelayError('not_cancellable', { videoId, status })
  }
  await deps.announce(moved)
  return moved
}
