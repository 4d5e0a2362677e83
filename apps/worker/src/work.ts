import type { QueueName } from '@reelay/contracts/jobs'
import type { Tasks } from '@reelay/db/tasks'
import type { Unfinished } from '@reelay/db/tasks/sweep-reads'
import type { Queues } from '@reelay/queue/queues'
import type { WorkerConfig } from './config.ts'
import type { AnyStep } from './outcome.ts'
import type { Steps } from './steps.ts'

export type Work = {
  step: (steps: Steps) => AnyStep
  /** Adds the jobs that some unfinished tasks should have in this queue and don't; returns how many. */
  findMissing?: (tasks: Unfinished[], stores: Stores) => Promise<number>
  options: (
    config: WorkerConfig,
  ) => { concurrency: number; ratePerMinute?: number | undefined } & Partial<Locks>
  canPause: boolean
}

type Locks = { lockDurationMs: number; lockRenewedAfterMs: number; stalledIntervalMs: number }

type Stores = { tasks: Pick<Tasks, 'queuePositions'>; queues: Pick<Queues, 'enqueueMissing'> }

/** A tick takes as long as its slowest answers, a third of an interval at most, and waits for nothing but those. */
const LANES_AT_ONCE = 1000
/**
 * A lane whose worker died is polled again within 5 s, and a worker that stands still for 3 s keeps its lanes: what is
 * left of a lock is never less than its length without its age.
 */
const LANE_LOCK_MS = 4000
const LANE_LOCK_AGE_MS = 600
const LANE_STALLED_CHECK_MS = 400

export const work: Record<QueueName, Work> = {
  submit: {
    step: ({ submit }) => submit,
    findMissing: missingSubmits,
    options: ({ submit }) => submit,
    canPause: true,
  },
  reconcile: {
    step: ({ reconcile }) => reconcile,
    findMissing: missingReconciles,
    options: ({ poll }) => poll,
    canPause: false,
  },
  poll: {
    step: ({ poll }) => poll,
    options: ({ jobs }) => ({ concurrency: LANES_AT_ONCE, ...locksOfLanes(jobs) }),
    canPause: false,
  },
  archive: {
    step: ({ archive }) => archive,
    findMissing: missingArchives,
    options: ({ archive }) => archive,
    canPause: false,
  },
}

function locksOfLanes({ lockMs, stalledCheckMs }: WorkerConfig['jobs']): Locks {
  const lockDurationMs = Math.min(lockMs, LANE_LOCK_MS)
  return {
    lockDurationMs,
    lockRenewedAfterMs: Math.min(lockDurationMs / 2, LANE_LOCK_AGE_MS),
    stalledIntervalMs: Math.min(stalledCheckMs, LANE_STALLED_CHECK_MS),
  }
}

function missingSubmits(rows: Unfinished[], { tasks, queues }: Stores): Promise<number> {
  const toSubmit = rows.filter(({ status, openAttempt }) => status === 'QUEUED' && openAttempt === null)
  return queues.enqueueMissing('submit', toSubmit, tasks.queuePositions)
}

function missingReconciles(rows: Unfinished[], { queues }: Stores): Promise<number> {
  const open = rows.flatMap(({ videoId, openAttempt }) =>
    openAttempt === null ? [] : [{ videoId, attempt: openAttempt }],
  )
  return queues.enqueueMissing('reconcile', open)
}

function missingArchives(rows: Unfinished[], { queues }: Stores): Promise<number> {
  const toArchive = rows.filter(({ archive }) => archive === 'pending')
  return queues.enqueueMissing('archive', toArchive)
}
