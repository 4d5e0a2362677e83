import type { NextStep } from '@reelay/contracts/explain'
import type { JobReport } from '@reelay/queue/job-report'
import { type Facts, later, type Reason } from './facts.ts'

type Circumstances = Pick<Facts, 'now' | 'job' | 'workers' | 'times'>

/** Timers and a busy machine are no reason to worry anybody. */
const LATE_MS = 10_000

export function whyNobodyWorks(
  { job, workers }: Circumstances,
  since: Date,
  what: NextStep,
): Reason | undefined {
  if (job === 'away')
    return { because: 'redis_away', since, next: { what: 'enqueue', at: null }, details: {} }
  if (job?.isStopped) return { because: 'stopped', since, next: { what, at: null }, details: {} }
  if (workers === 0 && job?.state !== 'active')
    return { because: 'no_worker', since, next: { what, at: null }, details: {} }
  return undefined
}

/** Its job is lost, fails for a fault of ours, or should have been taken by now. */
export function whyNotTaken(facts: Circumstances, since: Date, what: NextStep): Reason | undefined {
  const { job, now, times } = facts
  if (!isThere(job)) return undefined
  if (job.state === 'missing')
    return {
      because: 'job_missing',
      since,
      next: { what: 'enqueue', at: later(now, times.sweepIntervalMs) },
      details: {},
    }
  const next = { what, at: dueAt(facts) }
  const { errors } = job.notes
  if (errors) return { because: 'own_error', since, next, details: { failures: errors } }
  if (isLate(job, now)) return { because: 'workers_late', since: job.dueAt ?? since, next, details: {} }
  return undefined
}

/**
 * When the job is run at the earliest: now while it is in hand, and null where that is not timed, as it waits for others,
 * for somebody who takes it, or is nowhere.
 */
export function dueAt({ job, now, workers }: Circumstances): Date | null {
  if (!isThere(job) || job.state === 'missing') return null
  if (job.state === 'active') return now
  if (job.behind || job.isStopped || workers === 0 || isLate(job, now)) return null
  const { dueAt, pausedUntil } = job
  return dueAt || pausedUntil ? latest(dueAt, pausedUntil) : null
}

/** How many others are before it. */
export function placeOf(job: Facts['job']): { behind?: number } {
  return isThere(job) && job.behind !== undefined ? { behind: job.behind } : {}
}

export function notesOf(job: Facts['job']): JobReport['notes'] {
  return isThere(job) ? job.notes : {}
}

export function latest(...dates: (Date | null | undefined)[]): Date {
  return new Date(Math.max(...dates.map((date) => date?.getTime() ?? 0)))
}

export function isThere(job: Facts['job']): job is JobReport {
  return job !== undefined && job !== 'away'
}

/** While a queue is paused its delayed jobs stay where they are. */
function isLate({ state, dueAt, pausedUntil }: JobReport, now: Date): boolean {
  if (state !== 'delayed' || dueAt === undefined || pausedUntil) return false
  return now.getTime() - dueAt.getTime() > LATE_MS
}
