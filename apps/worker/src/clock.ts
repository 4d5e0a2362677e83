import type { Logger } from 'pino'

export type DatabaseClock = ReturnType<typeof createDatabaseClock>

/** Polls come every few seconds, and a busy process takes that long to read an answer. */
const TOLERATED_MS = 1000

/**
 * Makes `Date.now()` of this process follow the database's clock where they differ. BullMQ asks nothing else when
 * a delayed job is due, and any worker makes due what all have delayed: one whose machine is half a minute early
 * would have everything polled again at once.
 */
export function createDatabaseClock(log: Logger) {
  const machineNow = Date.now
  let offMs = 0

  return {
    /** `now` was the database's time at some moment of the last `withinMs`. */
    compare(now: number, withinMs: number): void {
      const aheadMs = Date.now() - now
      if (aheadMs >= -TOLERATED_MS && aheadMs <= withinMs + TOLERATED_MS) return
      offMs += aheadMs
      Date.now = () => machineNow() - offMs
      log.warn(
        { offMs: Math.round(offMs) },
        'the clock of this machine differs from that of Postgres, which counts',
      )
    },
  }
}
