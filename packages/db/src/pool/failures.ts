import { NoConnection } from '../errors.ts'

export type Failures = ReturnType<typeof createFailures>

const TRY_AGAIN_MS = { first: 50, most: 1000 }

/** Remembers that a server is away, so that not every query asks it. */
export function createFailures() {
  let failure: { error: NoConnection; times: number; until: number } | undefined

  return {
    current: (): NoConnection | undefined =>
      failure && performance.now() < failure.until ? failure.error : undefined,

    forget(): void {
      failure = undefined
    },

    remember(cause: unknown): NoConnection {
      const error = new NoConnection(cause)
      const now = performance.now()
      if (failure && now < failure.until) return error
      const times = (failure?.times ?? 0) + 1
      const waitMs = Math.min(TRY_AGAIN_MS.most, TRY_AGAIN_MS.first * 2 ** times)
      failure = { error, times, until: now + waitMs * (0.5 + Math.random() / 2) }
      return error
    },
  }
}
