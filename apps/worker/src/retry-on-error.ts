import { isUnavailable, loggableReason } from '@reelay/db/errors'
import type { Logger } from 'pino'
import { backoff, type Outcome, type Step, snooze } from './outcome.ts'

const AGAIN_MS = 1000
const UNAVAILABLE_MAX_MS = 5000
const ERROR_MAX_MS = 600_000

/**
 * Our own errors never end a task: a step that throws is run again later. Postgres being away is waited for;
 * anything else is an alert each time, and comes up ever more rarely.
 */
export function retryOnError<Notes extends { errors?: number | undefined }>(
  step: Step<Notes>,
  log: Logger,
): Step<Notes> {
  return async (attempt, run) => {
    try {
      return withoutErrors(await step(attempt, run))
    } catch (error) {
      const errors = (run.notes.errors ?? 0) + 1
      const away = isUnavailable(error)
      log[away ? 'warn' : 'error']({ ...attempt, errors, reason: loggableReason(error) }, 'step failed')
      const ms = backoff(errors, AGAIN_MS, away ? UNAVAILABLE_MAX_MS : ERROR_MAX_MS)
      return snooze(ms, { ...run.notes, errors })
    }
  }
}

/** They are counted in a row, and steps hand on what they were given. */
function withoutErrors<Notes>(outcome: Outcome<Notes>): Outcome<Notes> {
  if (outcome.kind !== 'snooze' || !outcome.notes) return outcome
  return { ...outcome, notes: { ...outcome.notes, errors: undefined } }
}
