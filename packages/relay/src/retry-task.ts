import type { Moves } from '@reelay/db/moves'
import type { TaskRow } from '@reelay/db/schema'
import type { Announce } from './announce.ts'
import { type EnqueueSubmitDeps, enqueueSubmit } from './enqueue.ts'
import { RelayError } from './errors.ts'
import { type GetOwnTaskDeps, getOwnTask, type Named } from './get-own-task.ts'
import { type UnfinishedLimitDeps, whyNotOneMore } from './unfinished-limit.ts'

export type RetryTaskDeps = GetOwnTaskDeps &
  UnfinishedLimitDeps &
  EnqueueSubmitDeps & {
    moves: Pick<Moves, 'retry'>
    announce: Announce
    requestId?: string | undefined
  }

/**
 * Tries a user's ended task once more. Only moves the row; the worker looks for what was already paid before it
 * pays. `force` lets it pay even where that is not known.
 */
export async function retryTask(
  { force, ...named }: Named & { force: boolean },
  deps: RetryTaskDeps,
): Promise<TaskRow> {
  const { videoId, status } = await getOwnTask(named, deps)
  if (status !== 'FAILED' && status !== 'CANCELLED')
    throw new RelayError('not_retryable', { videoId, status })
  const refusal = await whyNotOneMore(named.user, deps)
  if (refusal) throw refusal

  const moved = await deps.moves.retry(named.user, videoId, force)
  if (!moved) {
    const { status } = await getOwnTask(named, deps)
    throw new RelayError('not_retryable', { videoId, status })
  }
  await deps.announce(moved)
  await enqueueSubmit({ videoId, attempt: moved.attempt, requestId: deps.requestId }, deps)
  return moved
}
