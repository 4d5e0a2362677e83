export type CachedReading<T> = () => Promise<T | undefined>

/**
 * What is asked for at a scrape: at most once in `freshMs`, however many ask, and `undefined` when no answer
 * comes within `deadlineMs`, so that a store that hangs doesn't take the other figures with it.
 */
export function createCachedReading<T>(
  ask: () => Promise<T>,
  { deadlineMs = 2000, freshMs = 5000 }: { deadlineMs?: number; freshMs?: number } = {},
): CachedReading<T> {
  let last: Promise<T | undefined> = Promise.resolve(undefined)
  let askedAt = Number.NEGATIVE_INFINITY

  return () => {
    if (performance.now() - askedAt >= freshMs) {
      askedAt = performance.now()
      last = withDeadline(ask, deadlineMs)
    }
    return last
  }
}

async function withDeadline<T>(ask: () => Promise<T>, deadlineMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), deadlineMs)
  })
  try {
    return await Promise.race([ask(), deadline])
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
