import type { CredentialId } from '@reelay/contracts/credential'
import type { Throttle, UpstreamState } from '@reelay/db/upstream-state'
import type { DatabaseClock } from './clock.ts'

export type PollThrottle = ReturnType<typeof createPollThrottle>

const FRESH_MS = 1000

/**
 * What is the same for all workers: the time, by the database's clock, and how fast each upstream may be polled.
 * Asked for once a second and process; in between our own monotonic clock counts.
 */
export function createPollThrottle(
  upstreamState: UpstreamState,
  pollIntervalMs: number,
  clock?: DatabaseClock,
) {
  let asked: Promise<Throttle> = Promise.resolve({ now: 0, factors: {} })
  let askedAt = Number.NEGATIVE_INFINITY

  return {
    /** Ms since 1970, and what the poll intervals of a credential are to be multiplied by. */
    async read(credential?: CredentialId): Promise<{ now: number; factor: number }> {
      if (performance.now() - askedAt > FRESH_MS) {
        askedAt = performance.now()
        asked = ask(askedAt)
      }
      const since = askedAt
      const { now, factors } = await asked
      return { now: now + performance.now() - since, factor: (credential && factors[credential]) ?? 1 }
    },

    slowDown: (credential: CredentialId) => upstreamState.slowPollsDown(credential, pollIntervalMs),
  }

  async function ask(askedAt: number): Promise<Throttle> {
    const throttle = await upstreamState.throttle()
    clock?.compare(throttle.now, performance.now() - askedAt)
    return throttle
  }
}
