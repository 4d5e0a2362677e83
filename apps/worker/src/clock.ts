import type { Logger } from 'pino'

export type DatabaseClock = ReturnType<typeof createDatabaseClock>

/** A lane comes back at its phase by this clock: more would be seen in polls, where workers take turns at it. */
const TOLERATED_MS = 100

/**
 * Makes `Date.now()` of this process follow the database's clock. BullMQ compares it with the time of delayed jobs,
 * those of other workers too: a worker whose machine is early would have all tasks polled early. The chaos scenario
 * `clocks` needs it. The machine's own time is what `new Date()` says.
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
