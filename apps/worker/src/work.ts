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

/** An open submission is reconciled by a poll job of its attempt. */
function missingPolls(rows: Unfinished[], { queues }: Stores): Promise<number> {
  const toPoll = rows.filter(({ status, openAttempt }) => status === 'PROCESSING' || openAttempt !== null)
  return queues.enqueueMissing(
    'poll',
    toPoll.map(({ videoId, attempt, openAttempt }) => ({ videoId, attempt: openAttempt ?? attempt })),
  )
}

function missingArchives(rows: Unfinished[], { queues }: Stores): Promise<number> {
  const toArchive = rows.filter(({ archive }) => archive === 'pending')
  return queues.enqueueMissing('archive', toArchive)
}
