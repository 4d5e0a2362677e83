import { dueSince, laneOf } from '@reelay/contracts/lanes'
import { loggableReason } from '@reelay/db/errors'
import type { TaskRow } from '@reelay/db/schema'
import type { Tasks } from '@reelay/db/tasks'
import { isProcessing } from '@reelay/db/tasks/lanes'
import type { Attempt, Queues } from '@reelay/queue/queues'
import type { Logger } from 'pino'

type Log = Pick<Logger, 'warn'>

export type EnqueueSubmitDeps = {
  tasks: Pick<Tasks, 'queuePositions'>
  queues: Pick<Queues, 'enqueueSubmit'>
  log: Log
}

export type EnqueuePollDeps = { queues: Pick<Queues, 'enqueuePoll'>; log: Log }

/** Rings for a worker, at the place that is the user's turn. False when that failed: then the sweep does it. */
export async function enqueueSubmit(
  { position, ...attempt }: Attempt & { position?: number | undefined },
  { tasks, queues, log }: EnqueueSubmitDeps,
): Promise<boolean> {
  const { videoId } = attempt
  try {
    const turn = position ?? (await tasks.queuePositions([videoId])).get(videoId)
    await queues.enqueueSubmit(attempt, turn)
    return true
  } catch (error) {
    log.warn({ videoId, reason: loggableReason(error) }, 'submit not enqueued; the sweep will')
    return false
  }
}

export async function enqueueArchive(
  attempt: Attempt,
  { queues, log }: { queues: Pick<Queues, 'enqueueArchive'>; log: Log },
): Promise<boolean> {
  try {
    await queues.enqueueArchive(attempt)
    return true
  } catch (error) {
    log.warn(
      { videoId: attempt.videoId, reason: loggableReason(error) },
      'archive not enqueued; the sweep will',
    )
    return false
  }
}

/**
 * Sees to it that the lane of a task is polled: it is there already where another of its tasks is. Polled at once, or
 * where the task was just accepted at the phase that is nearest to `intervalMs` later.
 */
export async function enqueuePoll(
  task: TaskRow,
  { queues, log }: EnqueuePollDeps,
  intervalMs?: number,
): Promise<boolean> {
  if (!isProcessing(task)) return false
  const lane = laneOf(task)
  const acceptedAt = task.acceptedAt.getTime()
  try {
    const delayMs = intervalMs && dueSince(lane, acceptedAt + intervalMs / 2, intervalMs) - acceptedAt
    await queues.enqueuePoll(lane, delayMs)
    return true
  } catch (error) {
    log.warn({ videoId: task.videoId, reason: loggableReason(error) }, 'poll not enqueued; the sweep will')
    return false
  }
}
