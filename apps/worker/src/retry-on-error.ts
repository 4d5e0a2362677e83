import type { Lane } from '@reelay/contracts/lanes'
import { isUnavailable, loggableReason } from '@reelay/db/errors'
import type { Logger } from 'pino'
import { type Attempt, backoff, type Outcome, type Step, snooze } from './outcome.ts'

const AGAIN_MS = 1000
const UNAVAILABLE_MAX_MS = 5000
const ERROR_MAX_MS = 600_000

/**
 * Our own errors never end a task: a step that throws is run again later. Postgres being away is waited for;
 * anything else is an alert each time, and comes up ever more rarely, at the latest after `mostMs`.
 */
export function retryOnError<Notes extends { errors?: number | undefined }, Work extends object>(
  step: Step<Notes, Work>,
  log: Logger,
  mostMs = ERROR_MAX_MS,
): Step<Notes, Work> {
  return async (work, run) => {
    try {
      return withoutErrors(await step(work, run))
    } catch (error) {
      const errors = (run.notes.errors ?? 0) + 1
      const away = isUnavailable(error)
      log[away ? 'warn' : 'error']({ ...nameOf(work), errors, reason: loggableReason(error) }, 'step failed')
      return snooze(waitAfter(errors, away ? UNAVAILABLE_MAX_MS : mostMs), { ...run.notes, errors })
    }
  }
}

/** In ms, after so many errors of ours in a row. */
export function waitAfter(errors: number, mostMs = ERROR_MAX_MS): number {
  return backoff(errors, AGAIN_MS, mostMs)
}

/** They are counted in a row, and steps hand on what they were given. */
function withoutErrors<Notes>(outcome: Outcome<Notes>): Outcome<Notes> {
  if (outcome.kind !== 'snooze' || !outcome.notes) return outcome
  return { ...outcome, notes: { ...outcome.notes, errors: undefined } }
}

/** A job's payload may say more than what it is about. */
function nameOf(work: object): object {
  const { videoId, attempt, credential, phase } = work as Partial<Attempt & Lane>
  return videoId ? { videoId, attempt } : { credential, phase }
}
