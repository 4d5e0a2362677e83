import type { CredentialId } from '@reelay/contracts/credential'
import type { Logger } from 'pino'

export type Trust = ReturnType<typeof createTrust>

const REST_MS = 60_000
const LONGEST_REST_MS = 3_600_000
/** In time for so long, a list is as good as one that never was in trouble. */
const RECOVERED_AFTER_MS = 300_000
const DISTRUST_MS = 300_000
const TOLERANCE_MS = 2000
const FORGOTTEN_AFTER_MS = 600_000

/** Whether the list of a credential is used at present. */
export function createTrust(credential: CredentialId, log: Logger) {
  let restsUntil = Number.NEGATIVE_INFINITY
  let restMs = 0
  let inTimeSince: number | undefined
  let newest: { date: number; at: number } | undefined

  function isUsable(): boolean {
    return performance.now() >= restsUntil
  }

  function rest(ms: number, phrase: string, reason: string): void {
    if (isUsable()) log.warn({ credential, reason }, phrase)
    restsUntil = Math.max(restsUntil, performance.now() + ms)
  }

  return {
    isUsable,

    /**
     * The list could not be read: it is left alone for a minute, twice as long each time that it comes to that again, or
     * for as long as upstream asked.
     */
    unavailable(reason: string, retryAfterMs = 0): void {
      if (isUsable()) restMs = Math.min(Math.max(REST_MS, 2 * restMs), LONGEST_REST_MS)
      inTimeSince = undefined
      rest(Math.max(REST_MS, restMs, retryAfterMs), 'upstream list unavailable', reason)
    },

    /** A page has come in time. After some minutes of that the next rest is a short one. */
    noteInTime(): void {
      if (!isUsable()) return
      inTimeSince ??= performance.now()
      if (performance.now() - inTimeSince >= RECOVERED_AFTER_MS) restMs = 0
    },

    /** The list has said what is not so. */
    distrust: (reason: string) => rest(DISTRUST_MS, 'list not trusted', reason),

    /**
     * Whether an answer is older than its question, by upstream's own clock: that has gone on since the newest answer
     * as ours has, or an old answer was sent again.
     */
    isOld({ date, askedAt, toldAt }: { date: number | undefined; askedAt: number; toldAt: number }): boolean {
      if (date === undefined) return false
      const { date: before, at } = newest ?? { date, at: askedAt }
      if (newest === undefined || date > before || askedAt - at > FORGOTTEN_AFTER_MS)
        newest = { date, at: toldAt }
      return date + TOLERANCE_MS < before + (askedAt - at)
    },
  }
}
