export interface Clock {
  now(): number
  shift(offsetMs: number): void
}

/** Upstream's wall clock, which may be wrong by a fixed offset. */
export function createClock(): Clock {
  let offsetMs = 0
  return {
    now: () => Date.now() + offsetMs,
    shift: (ms) => {
      offsetMs = ms
    },
  }
}
