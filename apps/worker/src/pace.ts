import type { UpstreamState } from '@reelay/db/upstream-state'

export type Pace = ReturnType<typeof createPace>

const FRESH_MS = 1000

/** How fast upstream may be polled, the same for all workers: a 429 anywhere stretches every interval. */
export function createPace(upstream: UpstreamState, pollIntervalMs: number) {
  let stretch = Promise.resolve(1)
  let readAt = Number.NEGATIVE_INFINITY

  return {
    /** What the interval is to be multiplied by; known a second late. */
    stretch(): Promise<number> {
      if (performance.now() - readAt > FRESH_MS) {
        readAt = performance.now()
        stretch = upstream.pollStretch()
      }
      return stretch
    },

    /** Upstream had too many polls. */
    slowDown: () => upstream.stretchPolls(pollIntervalMs),
  }
}
