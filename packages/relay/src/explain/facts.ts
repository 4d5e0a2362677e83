import type { CredentialId } from '@reelay/contracts/credential'
import type { Explanation, ExplanationCode, NextStep } from '@reelay/contracts/explain'
import type { Candidate, Choice } from '@reelay/db/ledger'
import type { TurnFacts } from '@reelay/db/ledger/turns'
import type { SubmissionRow, TaskRow } from '@reelay/db/schema'
import type { JobReport } from '@reelay/queue/job-report'
import type { Reads } from '@reelay/upstream/client'

/**
 * What an explanation follows from: read at one moment, and nothing else is looked at. The newest of `submissions` is
 * first. `turn` is that of a QUEUED task of which nothing is under way; undefined, too, where its row can’t be
 * understood. `job` is that of what is to be done next; undefined where nothing is.
 * `workers` is how many there are; undefined where nobody can tell.
 */
export type Facts = {
  now: Date
  task: ExplainedTask
  submissions: readonly Submission[]
  turn: Turn | undefined
  job: JobReport | 'away' | undefined
  workers: number | undefined
  clientOf: (credential: CredentialId) => { reads: Pick<Reads, 'list'> } | undefined
  times: Times
}

export type Times = {
  sendWindowMs: number
  sendingMs: number
  windowMs: number
  deadlineMs: number
  sweepIntervalMs: number
}

export type ExplainedTask = Pick<
  TaskRow,
  | 'status'
  | 'attempt'
  | 'force'
  | 'progress'
  | 'overdue'
  | 'externalTaskId'
  | 'credential'
  | 'pinnedTo'
  | 'errorCode'
  | 'archive'
  | 'queuedAt'
  | 'acceptedAt'
  | 'pollTrouble'
  | 'completedAt'
  | 'updatedAt'
>

export type Submission = Pick<
  SubmissionRow,
  | 'attempt'
  | 'outcome'
  | 'credential'
  | 'externalId'
  | 'startedAt'
  | 'settledAt'
  | 'waitsUntil'
  | 'waitsBecause'
  | 'notBefore'
>

export type Turn = {
  candidates: readonly Candidate[]
  choice: Choice | undefined
  figures: Pick<TurnFacts, 'inFlight' | 'hold' | 'isProbed'>
  hasTwin: boolean
}

type Details = Omit<Explanation['details'], 'until'> & { until?: Date | undefined }

export type Reason = {
  because: ExplanationCode
  since: Date
  next: { what: NextStep; at: Date | null } | null
  details: Details
}

export function later(than: Date, ms: number): Date {
  return new Date(than.getTime() + ms)
}
