/** How a call went: as it should, in a way that says nothing against upstream, or badly. */
export type Judgement = 'good' | 'neutral' | 'bad'

export type Share = { outcome: string; count: number; judgement: Judgement; percent: number }

const good = new Set(['created', 'video'])
const neutral = new Set(['refused', 'missing'])
const order: Judgement[] = ['good', 'neutral', 'bad']

/** Calls of an hour by what became of them, the good ones first, as parts of a bar. */
export function sharesOf(counts: Record<string, number>): Share[] {
  const total = totalOf(counts)
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => ({
      outcome,
      count,
      judgement: judge(outcome),
      percent: (100 * count) / total,
    }))
    .toSorted(
      (a, b) =>
        order.indexOf(a.judgement) - order.indexOf(b.judgement) ||
        b.count - a.count ||
        a.outcome.localeCompare(b.outcome),
    )
}

export function totalOf(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

/** What is not known here is trouble: rather one look too many. */
function judge(outcome: string): Judgement {
  if (good.has(outcome)) return 'good'
  return neutral.has(outcome) ? 'neutral' : 'bad'
}
