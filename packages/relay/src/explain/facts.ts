import type { CredentialId } from '@reelay/contracts/credential'
import type { Explanation, ExplanationCode, NextStep } from '@reelay/contracts/explain'
import type { Candidate, Choice } from '@reelay/db/ledger'
import type { TurnFacts } from '@reelay/db/ledger/turns'
import type { SubmissionRow, TaskRow } from '@reelay/db/schema'
import type { JobReport } from '@reelay/queue/job-report'
import type { Reads } from '@reelay/upstream/client'

/** What an explanation follows from: read at one moment, and nothing else is looked at. */
export type Facts = {
  now: Date
  task: ExplainedTask
  /** Newest first. */
  submissions: readonly Submission[]
  /** Of a QUEUED task of which nothing is under way; undefined, too, where its row can’t be understood. */
  turn: Turn | undefined
  /** Of what is to be done next; undefined where nothing is. */
  job: JobReport | 'away' | undefined
  clientOf: (credential: CredentialId) => { reads: Pick<Reads, 'list'> } | undefined
  times: Times
}

/** Until when the worker does what. */
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

/** Which key it would be sent with now, and what is in the way. */
export type Turn = {
  candidates: readonly Candidate[]
  choice: Choice | undefined
  figures: Pick<TurnFacts, 'inFlight' | 'hold' | 'isProbed'>
  hasTwin: boolean
}

type Details = Omit<Explanation['details'], 'until'> & { until?: Date | undefined }

/** What a task waits for, or how it ended. */
export type Reason = {
  because: ExplanationCode
  since: Date
  next: { what: NextStep; at: Date | null } | null
  details: Details
}

export function later(than: Date, ms: number): Date {
  return new Date(than.getTime() + ms)
}
