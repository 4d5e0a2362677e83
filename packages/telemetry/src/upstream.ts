import { Counter, Histogram, type Registry } from 'prom-client'

export type ObserveCall = (operation: string, outcome: string, seconds: number) => void

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60]

/** Counts and times calls to upstream by what became of them. */
export function createUpstreamMetrics(registry: Registry): ObserveCall {
  const registers = [registry]
  const seconds = new Histogram({
    name: 'reelay_upstream_seconds',
    help: 'Time until upstream answered, connecting included',
    labelNames: ['operation'],
    buckets: SECONDS,
    registers,
  })
  const calls = new Counter({
    name: 'reelay_upstream_calls_total',
    help: 'Calls to upstream (submit pays, retrieve polls) by what became of them',
    labelNames: ['operation', 'outcome'],
    registers,
  })
  // An alert on the first of these needs a zero to rise from.
  for (const outcome of ['key_rejected', 'balance_empty', 'misconfigured', 'unclear'])
    calls.inc({ operation: 'submit', outcome }, 0)
  return (operation, outcome, took) => {
    seconds.observe({ operation }, took)
    calls.inc({ operation, outcome })
  }
}

/** The same client, whose named operations are observed. */
export function observed<T extends object, K extends keyof T & string>(
  client: T,
  operations: K[],
  observe: ObserveCall,
): T {
  const timed = operations.map((operation) => {
    const call = client[operation] as (...args: unknown[]) => Promise<unknown>
    const timedCall = async (...args: unknown[]) => {
      const startedAt = performance.now()
      let outcome = 'error'
      try {
        const answer = await call(...args)
        outcome = outcomeOf(answer)
        return answer
      } finally {
        observe(operation, outcome, (performance.now() - startedAt) / 1000)
      }
    }
    return [operation, timedCall]
  })
  return { ...client, ...Object.fromEntries(timed) }
}

/** A word from a small set, whatever upstream answers. */
function outcomeOf(answer: unknown): string {
  const { kind, reason, limited, statusCode } = answer as {
    kind?: string
    reason?: string
    limited?: boolean
    statusCode?: number
  }
  if (kind === 'not_now' && reason) return reason
  if (kind !== undefined) return limited ? 'limited' : kind
  return `${Math.floor((statusCode ?? 0) / 100)}xx`
}
