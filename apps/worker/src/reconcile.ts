import type { SubmissionRow, TaskRow } from '@reelay/db/schema'
import type { TaskRepository } from '@reelay/db/task-repository'
import type { Transitions } from '@reelay/db/transitions'
import type { Queues } from '@reelay/queue/queues'
import type { Announce } from './announce.ts'
import { done, type Outcome, snooze } from './outcome.ts'

export type ReconcileDeps = {
  tasks: TaskRepository
  transitions: Transitions
  queues: Queues
  announce: Announce
  /** How long a `sending` row may still be on its way: send window, answer time and a margin. */
  sendingMs: number
  /** How long a lost answer may still turn up. */
  windowMs: number
}

export type Reconcile = (task: TaskRow) => Promise<Outcome>

/** Reads: what became of a submission whose answer was lost? Never sends anything. */
export function createReconcile(deps: ReconcileDeps): Reconcile {
  const { tasks, transitions, queues, announce } = deps

  return async function reconcile(task) {
    const submission = await tasks.findSubmission(task.videoId, task.attempt)
    if (submission?.outcome !== 'sending' && submission?.outcome !== 'in_doubt') {
      await queues.enqueueSubmit(task)
      return done()
    }
    const waitMs = submission.startedAt.getTime() + quietMs(submission) - Date.now()
    if (waitMs > 0) return snooze(waitMs)

    const moved = await transitions.giveUp(task, {
      errorCode: 'submission_unknown',
      errorMessage: 'upstream never answered, and whether the video was made is not known',
    })
    if (moved) await announce(moved)
    return done()
  }

  function quietMs({ outcome }: SubmissionRow): number {
    return outcome === 'sending' ? deps.sendingMs : deps.windowMs
  }
}
