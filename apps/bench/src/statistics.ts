/** The value that `share` (0..1) of all are at most, by the nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

export type Round = { ours: number; bare: number; others?: Record<string, number> }

/** The round whose ratio is the middle one: what disturbs a whole round disturbs both of its sides. */
export function middleRound(rounds: readonly Round[]): Round {
  const sorted = rounds.toSorted((a, b) => a.ours / a.bare - b.ours / b.bare)
  return sorted[Math.floor(sorted.length / 2)] ?? { ours: Number.NaN, bare: Number.NaN }
}

/** The middle of several rounds: one that something else on the machine disturbed doesn't count. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low = Number.NaN, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1)
  return (low + high) / 2
}
