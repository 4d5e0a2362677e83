import type { QueueName } from '@reelay/contracts/jobs'
import type { Tasks } from '@reelay/db/tasks'
import type { Unfinished } from '@reelay/db/tasks/sweep-reads'
import type { Queues } from '@reelay/queue/queues'
import type { WorkerConfig } from './config.ts'
import type { Step } from './outcome.ts'
import type { Steps } from './steps.ts'

export type Work = {
  step: (steps: Steps) => Step
  /** Adds the jobs that some unfinished tasks should have in this queue and don't; returns how many. */
  findMissing: (tasks: Unfinished[], stores: Stores) => Promise<number>
  options: (config: WorkerConfig) => { concurrency: number; ratePerMinute?: number | undefined }
  canPause: boolean
}

type Stores = { tasks: Pick<Tasks, 'queuePositions'>; queues: Pick<Queues, 'enqueueMissing'> }

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
    findMissing: missingPolls,
    options: ({ poll }) => poll,
    canPause: false,
  },
  archive: {
    step: ({ archive }) => archive,
    findMissing: missingArchives,
    options: ({ archive }) => archive,
    canPause: false,
  },
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

function missingPolls(rows: Unfinished[], { queues }: Stores): Promise<number> {
  const toPoll = rows.filter(({ status }) => status === 'PROCESSING')
  return queues.enqueueMissing('poll', toPoll)
}

function missingArchives(rows: Unfinished[], { queues }: Stores): Promise<number> {
  const toArchive = rows.filter(({ archive }) => archive === 'pending')
  return queues.enqueueMissing('archive', toArchive)
}
