export type Random = ReturnType<typeof createRandom>

/**
 * The one source of chance in a run (mulberry32): the same seed makes the same choices in the same order. What it
 * can't repeat is how processes interleave between two choices. `next` is from 0 up to, but without, 1; `between` is
 * a whole number, both ends included.
 */
export function createRandom(seed: number) {
  let state = seed >>> 0

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  return {
    next,
    between: (least: number, most: number) => least + Math.floor(next() * (most - least + 1)),
    pick: <T>(choices: readonly T[]): T => choices[Math.floor(next() * choices.length)] as T,
  }
}
