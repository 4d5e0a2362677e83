import { type AnyPayload, isNewer, jobNotes, jobPayloads, type QueueName } from '@reelay/contracts/jobs'
import type { Lane } from '@reelay/contracts/lanes'
import { loggableReason } from '@reelay/db/errors'
import { sampledWarning } from '@reelay/queue/connection'
import { keyPrefix, type Origin } from '@reelay/queue/queues'
import type { Events } from '@reelay/telemetry/events'
import { noTracing, type Tracing } from '@reelay/telemetry/tracing'
import { DelayedError, type Job, type Processor, RateLimitError, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { jobSpan } from './job-span.ts'
import type { AnyStep, Attempt, Outcome } from './outcome.ts'
import type { Trace } from './trace.ts'

export type WorkerOptions = {
  connection: Redis
  pause?: (ms: number) => Promise<void>
  ratePerMinute?: number | undefined
  prefix: string
  concurrency: number
  lockDurationMs: number
  /** How old a lock may become before it is renewed. */
  lockRenewedAfterMs?: number | undefined
  stalledIntervalMs: number
  events: Events
  trace?: Trace | undefined
  tracing?: Tracing | undefined
  log: Logger
}

type Snooze = Outcome & { kind: 'snooze' }

/** A payload of a newer version waits for a newer worker. */
const NOT_UNDERSTOOD_MS = 5000
/** Only told by its type. A new one for each run would collect its stack. */
const movedToDelayed = new DelayedError()

/**
 * BullMQ on one side, a step on the other: the only file that knows how a snooze becomes a delay. What a
 * step throws is run again later (retry-on-error.ts); a job that is lost all the same is added anew by the sweep.
 */
export function startWorker(name: QueueName, step: AnyStep, options: WorkerOptions): Worker {
  const { events, log } = options
  const worker: Worker = new Worker(name, createProcessor(name, step, options), {
    connection: options.connection,
    prefix: keyPrefix(options.prefix),
    concurrency: options.concurrency,
    lockDuration: options.lockDurationMs,
    ...(options.lockRenewedAfterMs && { lockRenewTime: options.lockRenewedAfterMs }),
    stalledInterval: options.stalledIntervalMs,
    // BullMQ never resets this counter, and a lane may live for ever.
    maxStalledCount: 1000,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
    drainDelay: 2,
    // A pause binds only workers that have a limiter; without one another slot takes the job straight back.
    ...(options.pause && { limiter: limiterOf(options) }),
  })
  const warn = sampledWarning(log, 'queue trouble')
  worker.on('error', (error) => {
    events.emit('queueTroubled', { queue: name })
    warn(error)
  })
  worker.on('failed', (job, error) => {
    events.emit('stepEnded', { queue: name, outcome: 'error' })
    log.error({ job: job?.id, reason: loggableReason(error) }, 'job failed')
  })
  worker.on('lockRenewalFailed', (ids) => {
    log.warn({ queue: name, jobs: ids.length }, 'locks lost, another worker may have these jobs')
    for (const id of ids) worker.cancelJob(id, 'lock lost')
  })
  return worker
}

function createProcessor(
  queue: QueueName,
  step: AnyStep,
  { events, trace, tracing = noTracing, pause, log }: WorkerOptions,
): Processor {
  return async (job, token, signal) => {
    events.emit('jobStarted', { queue, jobId: job.id ?? '' })
    const payload = jobPayloads[queue].safeParse(job.data)
    if (!payload.success) {
      events.emit('stepEnded', { queue, outcome: 'not_understood' })
      if (isNewer(queue, job.data)) await moveToDelayed(job, token, NOT_UNDERSTOOD_MS)
      log.warn({ job: job.id }, 'job not understood and dropped; the sweep adds what is missing')
      return
    }
    const run = {
      notes: jobNotes[queue].parse(payload.data.notes ?? {}),
      signal: signal ?? new AbortController().signal,
    }
    // A queue's jobs are what its step works on.
    const runStep = () => step(payload.data as unknown as Attempt & Lane, run)
    const span = jobSpan(queue, payload.data, Date.now() - job.timestamp)
    const outcome = await tracing.run(span, async () => {
      const ended = await (trace ? trace.run(originOf(payload.data), runStep) : runStep())
      events.emit('stepEnded', { queue, outcome: ended.kind })
      return ended
    })
    if (outcome.kind === 'snooze') await snoozeJob(job, token, outcome)
    if (outcome.kind === 'pause') {
      await pause?.(outcome.ms)
      throw new RateLimitError()
    }
  }

  async function snoozeJob(job: Job, token: string | undefined, { ms, notes }: Snooze): Promise<never> {
    const { notes: before, ...data } = job.data
    if (JSON.stringify(notes) !== JSON.stringify(before))
      await job.updateData({ ...data, ...(notes && { notes }) })
    return moveToDelayed(job, token, ms)
  }

  async function moveToDelayed(job: Job, token: string | undefined, ms: number): Promise<never> {
    const until = Date.now() + Math.max(0, ms)
    await job.moveToDelayed(until, token)
    events.emit('jobDelayed', { queue, jobId: job.id ?? '', until })
    throw movedToDelayed
  }
}

/** Of which request a job is a part; lanes are of none. */
function originOf(payload: AnyPayload): Origin {
  return 'phase' in payload ? {} : { requestId: payload.requestId, traceparent: payload.traceparent }
}

/** One at a time rather than many at the start of each minute: no two minutes' worth in one. */
function limiterOf({ ratePerMinute }: WorkerOptions) {
  return ratePerMinute
    ? { max: 1, duration: Math.ceil(60_000 / ratePerMinute) }
    : { max: 1_000_000, duration: 1000 }
}
