import { until } from '../until.ts'
import type { World } from '../world/world.ts'

export type Times = ReturnType<typeof createTimes>

type Promised = { mostMs: number; tookMs: number[] }

const GIVE_UP_MS = 120_000

/**
 * How long it took until what was promised came true, each time. Longer than that is a problem, but for the short
 * form, which shares its machine with other tests.
 */
export function createTimes({ expect }: World, { isShort }: { isShort: boolean }) {
  const promises = new Map<string, Promised>()

  function note(what: string, mostMs: number, tookMs: number): void {
    const promised = promises.get(what) ?? { mostMs, tookMs: [] }
    promises.set(what, promised)
    promised.tookMs.push(tookMs)
    expect(Number.isFinite(tookMs), `${what}: nobody saw it`)
    expect(isShort || tookMs <= mostMs, `${what}: ${seconds(tookMs)}, ${seconds(mostMs)} allowed`)
  }

  return {
    note,

    /** Waits for it, counted from `since` by `performance.now()`. */
    async until(
      what: string,
      mostMs: number,
      condition: () => unknown,
      since = performance.now(),
    ): Promise<void> {
      await until(async () => Boolean(await condition()), { withinMs: GIVE_UP_MS, everyMs: 20, what })
      note(what, mostMs, performance.now() - since)
    },

    notes: () =>
      [...promises].map(([what, { mostMs, tookMs }]) => {
        const [least, most] = [Math.min(...tookMs), Math.max(...tookMs)].map(seconds)
        const taken = least === most ? most : `${least} to ${most}`
        return `${what}: ${taken} in ${tookMs.length}, ${seconds(mostMs)} allowed`
      }),
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

export function stopwatch(): () => number {
  const startedAt = performance.now()
  return () => performance.now() - startedAt
}
