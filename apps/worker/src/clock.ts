import type { Logger } from 'pino'

export type DatabaseClock = ReturnType<typeof createDatabaseClock>

/** More would be seen in polls, which come every few seconds. */
const TOLERATED_MS = 1000

/**
 * Makes `Date.now()` of this process go on steadily, as the database's clock does. BullMQ asks nothing else when a
 * delayed job is due, and any worker makes due what all have delayed: one whose machine is half a minute early
 * would have everything polled again at once. The machine's own time is what `new Date()` says.
 */
export function createDatabaseClock(log: Logger) {
  let startedAt = Date.now() - performance.now()
  Date.now = () => Math.round(startedAt + performance.now())

  return {
    /** `now` was the database's time at some moment of the last `withinMs`. */
    compare(now: number, withinMs: number): void {
      const aheadMs = Date.now() - now
      if (aheadMs >= -TOLERATED_MS && aheadMs <= withinMs + TOLERATED_MS) return
      startedAt -= aheadMs
      log.warn({ aheadMs: Math.round(aheadMs) }, 'the clock of Postgres, which counts, says another time')
    },
  }
}
