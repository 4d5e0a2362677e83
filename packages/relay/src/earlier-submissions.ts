import type { SubmissionRow, TaskRow } from '@reelay/db/schema'
import { isOpen } from '@reelay/db/submission-outcome'

type Earlier = Pick<SubmissionRow, 'outcome' | 'settledAt'>

/**
 * Of those before this attempt, newest first, the submission that is looked for before anything is sent: an open one, or
 * one that was given up before the task was queued again, which is searched for once more.
 */
export function submissionToFind<S extends Earlier>(
  { queuedAt }: Pick<TaskRow, 'queuedAt'>,
  earlier: readonly S[],
): S | undefined {
  return (
    earlier.find(isOpen) ??
    earlier.find(
      ({ outcome, settledAt }) => outcome === 'unknown' && settledAt !== null && settledAt < queuedAt,
    )
  )
}

export function lastUnknown<S extends Earlier>(earlier: readonly S[]): S | undefined {
  const last = earlier.find(({ outcome }) => outcome !== 'refused' && outcome !== 'not_sent')
  return last?.outcome === 'unknown' ? last : undefined
}
