import type { Ledger } from '@reelay/db/ledger'
import type { Moves } from '@reelay/db/moves'
import type { TaskRow } from '@reelay/db/schema'
import { isOpen } from '@reelay/db/submission-outcome'
import type { Upstreams } from '@reelay/upstream/upstreams'
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
    ledger: Pick<Ledger, 'earlierSubmissions'>
    upstreams: Pick<Upstreams, 'registry'>
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
  const task = await getOwnTask(named, deps)
  const { videoId, status } = task
  if (status !== 'FAILED' && status !== 'CANCELLED')
    throw new RelayError('not_retryable', { videoId, status })
  if (await isStranded(task, deps)) throw new RelayError('source_upstream_gone')
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

/** Nobody could make it: it is pinned to a credential that the registry names no longer, and nothing is in doubt there. */
async function isStranded(
  { videoId, pinnedTo }: TaskRow,
  { ledger, upstreams }: RetryTaskDeps,
): Promise<boolean> {
  if (!pinnedTo?.includes('/') || upstreams.registry.credential(pinnedTo)) return false
  const submissions = await ledger.earlierSubmissions(videoId)
  return !submissions.some((submission) => isOpen(submission) || submission.outcome === 'unknown')
}
