import { JobPayload, type QueueName } from '@reelay/contracts/jobs'
import { loggableReason } from '@reelay/db/errors'
import { sampledWarning } from '@reelay/queue/connection'
import { keyPrefix } from '@reelay/queue/queues'
import { DelayedError, type Job, RateLimitError, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { ObserveJobs } from './metrics.ts'
import type { Outcome, Step } from './outcome.ts'
import type { Trace } from './trace.ts'

export type WorkerOptions = {
  connection: Redis
  /** Pauses this queue for every worker; a queue whose steps never pause has none. */
  pause?: (ms: number) => Promise<void>
  /** Most jobs a minute over all workers, evenly spread; for a queue that can pause. */
  ratePerMinute?: number | undefined
  prefix: string
  concurrency: number
  lockDurationMs: number
  stalledIntervalMs: number
  observe?: ObserveJobs | undefined
  trace?: Trace | undefined
  log: Logger
}

/** A payload of a newer version waits for a newer worker. */
const Newer = z.object({ v: z.int().min(2) })
const NOT_UNDERSTOOD_MS = 5000
/** Only told by its type. A new one for each poll would collect its stack, at a twentieth of what a poll takes. */
const movedToDelayed = new DelayedError()

/**
 * BullMQ on one side, a step on the other: the only file that knows how a snooze becomes a delay. A job
 * whose step throws is dropped; the row is the promise, and the sweep comes back to it.
 */
export function startWorker(name: QueueName, step: Step, options: WorkerOptions): Worker {
  const { observe, trace } = options
  const worker: Worker = new Worker(
    name,
    async (job, token, signal) => {
      observe?.started(job.id ?? '')
      const payload = JobPayload.safeParse(job.data)
      if (!payload.success) {
        observe?.ended('not_understood')
        if (Newer.safeParse(job.data).success) await moveToDelayed(job, token, NOT_UNDERSTOOD_MS, observe)
        options.log.warn({ job: job.id }, 'job not understood and dropped; the sweep adds what is missing')
        return
      }
      const { notes = {}, requestId, ...attempt } = payload.data
      const run = () => step(attempt, { notes, signal: signal ?? new AbortController().signal })
      const outcome = await (trace ? trace.run(requestId, run) : run())
      observe?.ended(outcome.kind)
      if (outcome.kind === 'snooze') await delay(job, token, outcome, observe)
      if (outcome.kind === 'pause') {
        await options.pause?.(outcome.ms)
        throw new RateLimitError()
      }
    },
    {
      connection: options.connection,
      prefix: keyPrefix(options.prefix),
      concurrency: options.concurrency,
      lockDuration: options.lockDurationMs,
      stalledInterval: options.stalledIntervalMs,
      // BullMQ never resets this counter, and a poll job lives as long as its task.
      maxStalledCount: 1000,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
      drainDelay: 2,
      // A pause binds only workers that have a limiter; without one another slot takes the job straight back.
      ...(options.pause && { limiter: limiterOf(options) }),
    },
  )
  const warn = sampledWarning(options.log, 'queue trouble')
  worker.on('error', (error) => {
    observe?.trouble()
    warn(error)
  })
  worker.on('failed', (job, error) => {
    observe?.ended('error')
    options.log.error({ job: job?.id, reason: loggableReason(error) }, 'step failed')
  })
  worker.on('lockRenewalFailed', (ids) => {
    options.log.warn({ queue: name, jobs: ids.length }, 'locks lost, another worker may have these jobs')
    for (const id of ids) worker.cancelJob(id, 'lock lost')
  })
  return worker
}

/** One at a time rather than many at the start of each minute: no two minutes' worth in one. */
function limiterOf({ ratePerMinute }: WorkerOptions) {
  return ratePerMinute
    ? { max: 1, duration: Math.ceil(60_000 / ratePerMinute) }
    : { max: 1_000_000, duration: 1000 }
}

async function delay(
  job: Job<JobPayload>,
  token: string | undefined,
  { ms, notes }: Outcome & { kind: 'snooze' },
  observe?: ObserveJobs,
) {
  if (notes || job.data?.notes) await job.updateData({ ...job.data, notes: notes ?? {} })
  await moveToDelayed(job, token, ms, observe)
}

async function moveToDelayed(
  job: Job,
  token: string | undefined,
  ms: number,
  observe: ObserveJobs | undefined,
): Promise<never> {
  const until = Date.now() + Math.max(0, ms)
  await job.moveToDelayed(until, token)
  observe?.delayed(job.id ?? '', until)
  throw movedToDelayed
}
