import type { CredentialId } from '@reelay/contracts/credential'
import type { VideoId } from '@reelay/contracts/task'
import type { Throttle, UpstreamState } from '@reelay/db/upstream-state'
import type { DatabaseClock } from './clock.ts'

export type PollThrottle = ReturnType<typeof createPollThrottle>

const FRESH_MS = 1000
/** How many videos, and what part of the answers, must be limited to be no trouble of their own. */
const FEWEST = 2
const SHARE = 1 / 10

/** What the looks with a credential were answered in the last two intervals at most. */
type Lately = { since: number; slowedAt: number; answers: number; limited: Set<VideoId> }

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
  const answered = new Map<CredentialId, Lately>()

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

    slowDown,

    /**
     * A look was answered, perhaps that there are too many of them. Of a few videos that may be their own trouble; where
     * several are a good part of what was asked lately, it is the credential's.
     */
    async noteAnswer(
      credential: CredentialId,
      { videoId, isLimited }: { videoId: VideoId; isLimited: boolean },
    ): Promise<void> {
      const lately = latelyOf(credential)
      lately.answers += 1
      if (!isLimited) return
      lately.limited.add(videoId)
      const isShared = lately.limited.size >= FEWEST && lately.limited.size >= SHARE * lately.answers
      if (!isShared || performance.now() - lately.slowedAt < FRESH_MS) return
      lately.slowedAt = performance.now()
      await slowDown(credential)
    },
  }

  function latelyOf(credential: CredentialId): Lately {
    const known = answered.get(credential)
    if (known && performance.now() - known.since <= 2 * pollIntervalMs) return known
    const lately = { since: performance.now(), slowedAt: -FRESH_MS, answers: 0, limited: new Set<VideoId>() }
    answered.set(credential, lately)
    return lately
  }

  async function slowDown(credential: CredentialId): Promise<void> {
    await upstreamState.slowPollsDown(credential, pollIntervalMs)
  }

  async function ask(askedAt: number): Promise<Throttle> {
    const throttle = await upstreamState.throttle()
    clock?.compare(throttle.now, performance.now() - askedAt)
    return throttle
  }
}
