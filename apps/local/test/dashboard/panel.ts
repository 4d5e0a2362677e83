/** What a panel shows: PromQL, and the words for each of its lines. */
export type Query = readonly [expr: string, legend: string]

export type Panel = {
  /** Alerts link to it: a panel keeps its number for ever. */
  id: number
  title: string
  /** What an operator reads behind the panel's (i). */
  about: string
  /** Of Grafana's: `s` seconds, `cpm` a minute, `reqps` a second, `bytes`, `percentunit`. */
  unit?: 's' | 'cpm' | 'reqps' | 'bytes' | 'percentunit'
  queries: readonly Query[]
  /** Yes and no, in place of numbers. */
  isYesOrNo?: boolean
}

export type Row = { title: string; panels: readonly Panel[] }

/** In a second, summed up over all but these labels. */
export function rate(by: string, metric: string): string {
  return `sum by (${by}) (rate(${metric}[$__rate_interval]))`
}

export function perMinute(by: string, metric: string): string {
  return `60 * ${rate(by, metric)}`
}

/** The median and the longest but for one in a hundred. */
export function quantiles(buckets: string, by?: string): Query[] {
  const kept = by ? `le, ${by}` : 'le'
  const named = by ? ` {{${by}}}` : ''
  return [0.5, 0.99].map((share) => [
    `histogram_quantile(${share}, ${rate(kept, buckets)})`,
    `p${share * 100}${named}`,
  ])
}
