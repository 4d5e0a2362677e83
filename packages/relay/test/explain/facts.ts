import { type CredentialId, firstCredential } from '@reelay/contracts/credential'
import type { ExternalTaskId } from '@reelay/contracts/task'
import type { Choice } from '@reelay/db/ledger'
import type { JobReport } from '@reelay/queue/job-report'
import type { ExplainedTask, Facts, Reason, Submission, Turn } from '../../src/explain/facts.ts'

/** So many seconds after what all facts here begin with. */
export const at = (second: number) => new Date(1_767_225_600_000 + second * 1000)

export const other = 'east/b' as CredentialId
export const externalId = 'up_1' as ExternalTaskId

export const times = {
  sendWindowMs: 2000,
  sendingMs: 67_000,
  windowMs: 120_000,
  deadlineMs: 86_400_000,
  sweepIntervalMs: 10_000,
}

const queued: ExplainedTask = {
  status: 'QUEUED',
  attempt: 1,
  force: false,
  progress: 0,
  overdue: false,
  externalTaskId: null,
  credential: null,
  pinnedTo: null,
  errorCode: null,
  archive: null,
  queuedAt: at(0),
  acceptedAt: null,
  pollTrouble: null,
  completedAt: null,
  updatedAt: at(0),
}

const processing = {
  status: 'PROCESSING',
  externalTaskId: externalId,
  credential: firstCredential,
  acceptedAt: at(2),
} as const
const ended = { ...processing, completedAt: at(50), updatedAt: at(50) }

/** Rows as they are in each status. */
export const rows = {
  queued: (of: Partial<ExplainedTask> = {}): ExplainedTask => ({ ...queued, ...of }),
  processing: (of: Partial<ExplainedTask> = {}): ExplainedTask => ({
    ...queued,
    ...processing,
    progress: 42,
    ...of,
  }),
  completed: (of: Partial<ExplainedTask> = {}): ExplainedTask => ({
    ...queued,
    ...ended,
    status: 'COMPLETED',
    archive: 'done',
    ...of,
  }),
  failed: (of: Partial<ExplainedTask> = {}): ExplainedTask => ({
    ...queued,
    ...ended,
    status: 'FAILED',
    errorCode: 'upstream_failed',
    ...of,
  }),
  cancelled: (of: Partial<ExplainedTask> = {}): ExplainedTask => ({
    ...queued,
    status: 'CANCELLED',
    completedAt: at(50),
    ...of,
  }),
}

export function aSubmission(of: Partial<Submission> = {}): Submission {
  return {
    attempt: 1,
    outcome: 'not_sent',
    credential: firstCredential,
    externalId: null,
    startedAt: at(1),
    settledAt: null,
    waitsUntil: null,
    waitsBecause: null,
    notBefore: {},
    ...of,
  }
}

export function aJob(of: Partial<JobReport> = {}): JobReport {
  return {
    state: 'waiting',
    behind: undefined,
    dueAt: undefined,
    notes: {},
    pausedUntil: undefined,
    isStopped: false,
    ...of,
  }
}

export const delayed = (second: number, notes: JobReport['notes'] = {}) =>
  aJob({ state: 'delayed', dueAt: at(second), notes })

const freely: Choice = { credential: firstCredential, turn: 'free', waitMs: 0 }

/** The turn of the only key. */
export function aTurn(
  choice: Partial<Choice> | undefined = {},
  of: Partial<Turn> & { maxInFlight?: number; rate?: number } = {},
): Turn {
  const { maxInFlight, rate, ...turn } = of
  const candidate = { id: firstCredential, weight: 1, maxInFlight, submitsPerMinute: rate }
  return {
    candidates: [candidate],
    choice: { ...freely, ...choice },
    figures: { inFlight: 0, hold: undefined, isProbed: false },
    hasTwin: false,
    ...turn,
  }
}

/** Ten seconds after a task was queued, with a key that takes it and a job that waits. */
export function facts(of: Partial<Facts> = {}): Facts {
  return {
    now: at(10),
    task: queued,
    submissions: [],
    turn: undefined,
    job: aJob({ behind: 0 }),
    workers: 1,
    clientOf: () => ({
      reads: { list: { tells: { prompt: true, source: true, time: true }, idsVary: false, complete: true } },
    }),
    times,
    ...of,
  }
}

export type Case = [title: string, of: Partial<Facts>, reason: Partial<Reason>]

export const credential = firstCredential
export const gone: Partial<Facts> = { clientOf: () => undefined }
export const inDoubt = aSubmission({ outcome: 'in_doubt' })
