/** What became of a call: `outcome` is a word from a small set, whatever upstream says. */
export type UpstreamCall = { operation: string; outcome: string; seconds: number }
export type OnCall = (call: UpstreamCall) => void

/** Stands around a call, and may give it headers by which upstream can tell what it is part of. */
export type TraceCall = <T>(
  operation: string,
  call: (headers: Record<string, string>) => Promise<T>,
) => Promise<T>

/** Reports a call, unless upstream was not asked for anything: that says nothing of it. */
export async function reportCall<T>(
  operation: string,
  call: () => Promise<T>,
  onCall: OnCall | undefined,
): Promise<T> {
  if (!onCall) return call()
  const startedAt = performance.now()
  let outcome: string | undefined = 'error'
  try {
    const result = await call()
    outcome = outcomeOf(result)
    return result
  } finally {
    if (outcome !== undefined) onCall({ operation, outcome, seconds: (performance.now() - startedAt) / 1000 })
  }
}

const successes = new Set(['created', 'video', 'there', 'page', 'bytes', 'picture', '2xx'])
const rightlyRefused = new Set(['refused', 'missing', 'unsatisfiable', '3xx', '4xx'])

/** What an outcome says of upstream and of the key that was sent. */
export function judgeCall(outcome: string): 'success' | 'failure' | 'neither' {
  if (successes.has(outcome)) return 'success'
  return rightlyRefused.has(outcome) ? 'neither' : 'failure'
}

function outcomeOf(result: unknown): string | undefined {
  const { kind, reason, limited, statusCode, notAsked } = result as {
    kind?: string
    reason?: string
    limited?: boolean
    statusCode?: number
    notAsked?: boolean
  }
  if (notAsked) return undefined
  if (kind === 'not_now' && reason) return reason
  if (kind !== undefined) return limited ? 'limited' : kind
  return `${Math.floor((statusCode ?? 0) / 100)}xx`
}
