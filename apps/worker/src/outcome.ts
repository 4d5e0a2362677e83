import type { JobNotes, JobPayload } from '@reelay/contracts/jobs'
import type { Lane } from '@reelay/contracts/lanes'

/** How a step ended: done, to be run again later, or to be run again after a pause of the whole queue. */
export type Outcome<Notes = JobNotes> =
  | { kind: 'done' }
  | { kind: 'snooze'; ms: number; notes?: Notes | undefined }
  | { kind: 'pause'; ms: number }

export const done = () => ({ kind: 'done' }) as const
export const pause = (ms: number) => ({ kind: 'pause', ms }) as const
export function snooze<Notes = JobNotes>(ms: number, notes?: Notes): Outcome<Notes> {
  return { kind: 'snooze', ms, notes }
}

export type Attempt = Pick<JobPayload, 'videoId' | 'attempt'>

/** A step of a task's life, or of those of a lane: reads the rows and does what is left to do. */
export type Step<Notes = JobNotes, Work = Attempt> = (
  work: Work,
  run: StepRun<Notes>,
) => Promise<Outcome<Notes>>

/** Of whichever queue. */
export type AnyStep = Step<JobNotes, Attempt & Lane>

export type StepRun<Notes = JobNotes> = {
  notes: Notes
  /** Aborted when the job's lock was lost: another worker may have it by now. */
  signal: AbortSignal
}

/** For as long upstream may ask to be left alone. */
export const LONGEST_WAIT_MS = 600_000

/** `ms`, or longer where upstream asked for that: ten minutes at most. */
export function atLeastAsAsked(ms: number, retryAfterMs = 0): number {
  return Math.min(Math.max(ms, retryAfterMs), LONGEST_WAIT_MS)
}

/** Doubles from `baseMs` to `maxMs`; half of it is random, so that tasks don't come back in step. */
export function backoff(failures: number, baseMs: number, maxMs: number, random = Math.random): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.min(failures, 20))
  return Math.round(full / 2 + (full / 2) * random())
}
