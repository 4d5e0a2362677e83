import type { QueueName } from '@reelay/contracts/jobs'
import { createMoveCounter } from '@reelay/telemetry/moves'
import { createUpstreamMetrics } from '@reelay/telemetry/upstream'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>

/** What happens to a queue's jobs, as `worker.ts` tells it. */
export type ObserveJobs = {
  started: (jobId: string) => void
  ended: (outcome: 'done' | 'snooze' | 'pause' | 'error' | 'not_understood') => void
  delayed: (jobId: string, until: number) => void
  trouble: () => void
}

/** Due times that are remembered; a job that another worker took is forgotten with the oldest. */
const MOST_DUE = 20_000
const LATE_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/** A worker's own figures. */
export function createWorkerMetrics(
  registry: Registry,
  { maxInFlight }: { maxInFlight?: number | undefined },
) {
  const registers = [registry]
  const steps = new Counter({
    name: 'reelay_steps_total',
    help: 'Runs of a step by how they ended',
    labelNames: ['queue', 'outcome'],
    registers,
  })
  const errors = new Counter({
    name: 'reelay_queue_errors_total',
    help: 'Errors of BullMQ and its connection',
    labelNames: ['queue'],
    registers,
  })
  const lateness = new Histogram({
    name: 'reelay_job_lateness_seconds',
    help: 'How long after its time a delayed job ran, where one worker delayed and ran it',
    labelNames: ['queue'],
    buckets: LATE_SECONDS,
    registers,
  })
  const swept = new Gauge({
    name: 'reelay_sweep_finished_timestamp_seconds',
    help: 'When this worker last finished a sweep; only one of all sweeps at a time',
    registers,
  })
  const missing = new Counter({
    name: 'reelay_sweep_enqueued_total',
    help: 'Unfinished tasks that the sweep found without a job',
    labelNames: ['queue'],
    registers,
  })
  if (maxInFlight !== undefined) {
    new Gauge({ name: 'reelay_permits_limit', help: 'SORA_MAX_IN_FLIGHT', registers }).set(maxInFlight)
  }

  return {
    countMove: createMoveCounter(registry),
    observeUpstream: createUpstreamMetrics(registry),

    observeSweep(enqueued: Record<QueueName, number>): void {
      swept.setToCurrentTime()
      for (const [queue, count] of Object.entries(enqueued)) missing.inc({ queue }, count)
    },

    /** Only the worker that delayed a job knows when it was due: BullMQ forgets it at promotion. */
    observeJobs(queue: QueueName): ObserveJobs {
      const due = new Map<string, number>()
      errors.inc({ queue }, 0)
      return {
        started(jobId) {
          const at = due.get(jobId)
          if (at === undefined) return
          due.delete(jobId)
          lateness.observe({ queue }, Math.max(0, Date.now() - at) / 1000)
        },
        ended: (outcome) => steps.inc({ queue, outcome }),
        delayed(jobId, until) {
          due.delete(jobId)
          due.set(jobId, until)
          if (due.size > MOST_DUE) due.delete(due.keys().next().value ?? '')
        },
        trouble: () => errors.inc({ queue }),
      }
    },
  }
}
