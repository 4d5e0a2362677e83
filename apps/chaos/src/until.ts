import { setTimeout as sleep } from 'node:timers/promises'

/** Within the tests only what hangs takes too long; a run by itself has the machine to itself. */
export const PATIENCE = process.env.VITEST ? 5 : 1

export type UntilOptions = { withinMs: number; everyMs?: number; what: string }

/** Waits for a condition and returns what it gave; an error counts as not yet. Throws when it takes too long. */
export async function until<T>(
  condition: () => T | Promise<T>,
  { withinMs, everyMs = 50, what }: UntilOptions,
): Promise<NonNullable<T>> {
  const startedAt = performance.now()
  const mostMs = PATIENCE * withinMs
  let trouble: unknown
  for (;;) {
    try {
      const value = await condition()
      if (value) return value
      trouble = undefined
    } catch (error) {
      trouble = error
    }
    if (performance.now() - startedAt > mostMs) {
      throw new Error(`${what}: not within ${mostMs / 1000} s`, { cause: trouble })
    }
    await sleep(everyMs)
  }
}
