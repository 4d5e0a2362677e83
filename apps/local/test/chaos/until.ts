import { setTimeout as sleep } from 'node:timers/promises'

export type UntilOptions = { withinMs: number; everyMs?: number; what: string }

/** Waits for a condition and answers what it gave; an error counts as not yet. Throws when it takes too long. */
export async function until<T>(
  condition: () => T | Promise<T>,
  { withinMs, everyMs = 50, what }: UntilOptions,
): Promise<NonNullable<T>> {
  const startedAt = performance.now()
  let trouble: unknown
  for (;;) {
    try {
      const value = await condition()
      if (value) return value
      trouble = undefined
    } catch (error) {
      trouble = error
    }
    if (performance.now() - startedAt > withinMs) {
      throw new Error(`${what}: not within ${withinMs / 1000} s`, { cause: trouble })
    }
    await sleep(everyMs)
  }
}
