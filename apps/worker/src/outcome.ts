import type { JobPayload } from '@reelay/contracts/jobs'

/** What a poll remembers between two looks. Lost with Redis, which costs time and never a verdict. */
export type Notes = NonNullable<JobPayload['notes']>

/** How a step ended: done, to be run again later, or to be run again after a pause of the whole queue. */
export type Outcome =
  | { kind: 'done' }
  | { kind: 'snooze'; ms: number; notes?: Notes | undefined }
  | { kind: 'pause'; ms: number }

export const done = (): Outcome => ({ kind: 'done' })
export const snooze = (ms: number, notes?: Notes): Outcome => ({ kind: 'snooze', ms, notes })
export const pause = (ms: number): Outcome => ({ kind: 'pause', ms })

/** A step of a task's life: reads the row and does what is left to do. */
export type Step = (attempt: Pick<JobPayload, 'videoId' | 'attempt'>, run: StepRun) => Promise<Outcome>

export type StepRun = {
  notes: Notes
  /** Aborted when the job's lock was lost: another worker may have it by now. */
  signal: AbortSignal
}

/** Upstream's own wish is followed, but not for longer than this. */
const LONGEST_WAIT_MS = 600_000

/** `ms`, or longer where upstream asked for that: ten minutes at most. */
export function atLeastAsAsked(ms: number, retryAfterMs = 0): number {
  return Math.min(Math.max(ms, retryAfterMs), LONGEST_WAIT_MS)
}

/** Doubles from `baseMs` to `maxMs`; half of it is random, so that tasks don't come back in step. */
export function backoff(failures: number, baseMs: number, maxMs: number, random = Math.random): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.min(failures, 20))
  return Math.round(full / 2 + (full / 2) * random())
}
