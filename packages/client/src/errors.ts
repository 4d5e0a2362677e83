import type { Failure } from '@reelay/contracts/replies'

type Circumstances = {
  retryAfterMs?: number | undefined
  cause?: unknown
}

/**
 * An answer that is no success, or none at all. `code` is stable, the message is for people. `status` is 0
 * where no answer came: `unreachable`, or `no_answer` within the time that was given for it.
 */
export class ReelayError extends Error {
  status: number
  code: string
  details: unknown
  requestId: string | undefined
  retryAfterMs: number | undefined

  constructor(status: number, failure: Partial<Failure>, { retryAfterMs, cause }: Circumstances = {}) {
    super(failure.message ?? `the api answered ${status}`, { cause })
    this.name = 'ReelayError'
    this.status = status
    this.code = failure.code ?? 'unknown'
    this.details = failure.details
    this.requestId = failure.requestId
    this.retryAfterMs = retryAfterMs
  }
}

export async function errorOf(response: Response): Promise<ReelayError> {
  const body: unknown = await response.json().catch(() => undefined)
  const failure = typeof body === 'object' && body !== null ? (body as Partial<Failure>) : {}
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return new ReelayError(response.status, failure, {
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : undefined,
  })
}
