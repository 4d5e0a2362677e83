import { type AnyPayload, idOf, type JobPayload, jobId, type QueueName } from '@reelay/contracts/jobs'
import type { Lane } from '@reelay/contracts/lanes'
import type { JobsOptions } from 'bullmq'
import DataLoader from 'dataloader'
import type { Redis } from 'ioredis'
import { byQueue } from './by-queue.ts'
import { inTime } from './in-time.ts'
import type { Attempt } from './missing-jobs.ts'
import type { OpenQueues } from './open-queues.ts'

export type Enqueue = ReturnType<typeof createEnqueue>

/** The HTTP request that a job goes back to, and its span. */
export type Origin = Pick<JobPayload, 'requestId' | 'traceparent'>

type NewJob = { name: QueueName; data: AnyPayload; opts: JobsOptions }

/** BullMQ's highest number, which is its lowest priority. */
const LOWEST_PRIORITY = 2_097_151
const MOST_AT_ONCE = 1000

export function createEnqueue(connection: Redis, queues: OpenQueues, origin: () => Origin) {
  const adders = byQueue((name) => createAdder(connection, queues, name))

  return {
    submit: (task: Attempt, position = 1): Promise<void> =>
      add('submit', task, { priority: Math.min(position, LOWEST_PRIORITY) }),

    reconcile: (task: Attempt): Promise<void> => add('reconcile', task, {}),

    poll: ({ credential, phase }: Lane, delay = 0): Promise<void> => {
      const lane = { credential, phase }
      return adders.poll.load({ name: 'poll', data: { v: 2, ...lane }, opts: { delay, jobId: idOf(lane) } })
    },

    archive: (task: Attempt): Promise<void> => add('archive', task, {}),
  }

  async function add(name: QueueName, task: Attempt, options: JobsOptions): Promise<void> {
    const { videoId, attempt } = task
    const { traceparent, ...asked } = origin()
    const requestId = task.requestId ?? asked.requestId
    await adders[name].load({
      name,
      data: {
        v: 1,
        videoId,
        attempt,
        ...(requestId && { requestId }),
        ...(traceparent && { traceparent }),
      },
      opts: { ...options, jobId: jobId(videoId, attempt) },
    })
  }
}

function createAdder(connection: Redis, queues: OpenQueues, name: QueueName) {
  return new DataLoader<NewJob, void>(
    async (jobs) => {
      await inTime(connection, queues[name].addBulk([...jobs]))
      return jobs.map(() => undefined)
    },
    { cache: false, maxBatchSize: MOST_AT_ONCE, batchScheduleFn: setImmediate },
  )
}
