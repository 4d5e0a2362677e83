import { type JobPayload, jobId, type QueueName } from '@reelay/contracts/jobs'
import type { VideoId } from '@reelay/contracts/task'
import { type JobsOptions, Queue } from 'bullmq'
import DataLoader from 'dataloader'
import type { Redis } from 'ioredis'

import { queueFigures } from './figures.ts'
import { type Attempt, createMissingJobs, idOf } from './missing-jobs.ts'

export type { Attempt }

export type QueuesOptions = {
  connection: Redis
  prefix: string
  /** The request that jobs go back to whose adder names none. */
  requestId?: () => string | undefined
}

type NewJob = { name: QueueName; data: JobPayload; opts: JobsOptions }
type PositionsOf = (videoIds: VideoId[]) => Promise<Map<VideoId, number>>

export type Queues = ReturnType<typeof createQueues>

/** Every key of ours shares one hash tag, so that Redis Cluster stays possible. */
export function keyPrefix(prefix: string): string {
  return `{${prefix}}`
}

/** A kept job would block its id, and the row is the record: nothing stays behind. */
const jobOptions: JobsOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true }

/** BullMQ's highest number, which is its lowest priority. */
const LOWEST_PRIORITY = 2_097_151
/** What BullMQ's own `rateLimit` writes: a count that no limiter reaches otherwise. */
const PAUSED = Number.MAX_SAFE_INTEGER
/** BullMQ's `rateLimit`, but never shorter than what stands there: looking first and setting then would race. */
const PAUSE = `
  local left = redis.call('pttl', KEYS[1])
  return redis.call('set', KEYS[1], ARGV[1], 'px', math.max(left, tonumber(ARGV[2])))`
/** States in which nobody will take a job. */
const gone = new Set(['unknown', 'completed', 'failed'])
const ANSWER_TIMEOUT_MS = 2500
const REOPEN_MS = 500
const MOST_AT_ONCE = 1000

/**
 * The two queues. Job ids are deterministic, so enqueuing twice is harmless, and a rejected add is
 * unknown rather than failed: the sweep adds what is missing.
 */
export function createQueues({ connection, prefix, requestId = () => undefined }: QueuesOptions) {
  const options = {
    connection,
    prefix: keyPrefix(prefix),
    defaultJobOptions: jobOptions,
    streams: { events: { maxLen: 100 } },
  }
  const queues: Record<QueueName, Queue<JobPayload>> = { submit: open('submit'), poll: open('poll') }
  const glances = {
    submit: createMissingJobs(connection, () => queues.submit, 'prioritized'),
    poll: createMissingJobs(connection, () => queues.poll, 'delayed'),
  }
  const adders = { submit: createAdder('submit'), poll: createAdder('poll') }
  let closing = false

  return {
    /**
     * Pauses a queue for all its workers, and never shortens a pause. It ends by itself, even when the pauser
     * dies.
     */
    async pause(name: QueueName, ms: number): Promise<void> {
      const queue = queues[name]
      const wholeMs = Math.max(1, Math.ceil(ms))
      const ready = queue.waitUntilReady()
      await inTime(ready.then(() => connection.eval(PAUSE, 1, queue.toKey('limiter'), PAUSED, wholeMs)))
    },

    /**
     * `position` is the task's place among those of its user that wait: all first ones go before all second
     * ones, so that nobody's thousand hold up another's one.
     */
    enqueueSubmit,

    enqueuePoll: (task: Attempt, delayMs = 0) => add('poll', task, { delay: delayMs }),

    /**
     * Adds the jobs that are not there and answers how many. An orphaned hash (state `unknown` though the
     * key exists, where `add` would do nothing) and a job that ended and was kept are removed first. Submits want to know the `positionsOf` those.
     */
    async enqueueMissing(name: QueueName, tasks: Attempt[], positionsOf?: PositionsOf): Promise<number> {
      const queue = queues[name]
      const unseen = await inTime(glances[name](tasks))
      const states = await inTime(Promise.all(unseen.map((task) => queue.getJobState(idOf(task)))))
      const missing = unseen.filter((_, i) => gone.has(states[i] as string))
      await inTime(Promise.all(missing.map((task) => queue.remove(idOf(task)))))
      const positions = await positionsOf?.(missing.map(({ videoId }) => videoId))
      await Promise.all(
        missing.map((task) =>
          name === 'submit' ? enqueueSubmit(task, positions?.get(task.videoId)) : add(name, task, {}),
        ),
      )
      return missing.length
    },

    /** Where BullMQ has a task's job; `unknown` when nowhere. */
    state: (name: QueueName, task: Attempt) => queues[name].getJobState(idOf(task)),

    remove: (name: QueueName, task: Attempt) => queues[name].remove(idOf(task)),

    /** BullMQ's own queues, for operators. A queue may be replaced by another until Redis was there once. */
    opened: () => Object.values(queues),

    figures: () => inTime(Promise.all(Object.values(queues).map(queueFigures))),

    async close(): Promise<void> {
      closing = true
      await Promise.all(Object.values(queues).map((queue) => queue.close().catch(() => {})))
    },
  }

  /** A queue whose first words with Redis failed stays broken for ever, so it is opened anew. */
  function open(name: QueueName): Queue<JobPayload> {
    const queue = new Queue<JobPayload>(name, options)
    queue.on('error', () => {})
    queue.waitUntilReady().catch(() => {
      if (!closing) setTimeout(() => Object.assign(queues, { [name]: open(name) }), REOPEN_MS).unref()
    })
    return queue
  }

  function enqueueSubmit(task: Attempt, position = 1): Promise<void> {
    return add('submit', task, { priority: Math.min(position, LOWEST_PRIORITY) })
  }

  async function add(name: QueueName, task: Attempt, options: JobsOptions): Promise<void> {
    const { videoId, attempt } = task
    const origin = task.requestId ?? requestId()
    await adders[name].load({
      name,
      data: { v: 1, videoId, attempt, ...(origin && { requestId: origin }) },
      opts: { ...options, jobId: jobId(videoId, attempt) },
    })
  }

  /** Jobs that are added in the same turn of the event loop go to Redis in one write. */
  function createAdder(name: QueueName) {
    return new DataLoader<NewJob, void>(
      async (jobs) => {
        await inTime(queues[name].addBulk([...jobs]))
        return jobs.map(() => undefined)
      },
      { cache: false, maxBatchSize: MOST_AT_ONCE, batchScheduleFn: setImmediate },
    )
  }
}

/** BullMQ waits for a connection that was never made, whatever the driver's own limits say. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Redis gave no answer within ${ANSWER_TIMEOUT_MS} ms`)),
      ANSWER_TIMEOUT_MS,
    )
  })
  work.catch(() => {})
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}
