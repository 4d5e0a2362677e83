import type { Failure } from '@reelay/contracts/replies'

/** An answer that is no success; `code` is stable, the message is for people. */
export class ReelayError extends Error {
  status: number
  code: string
  details: unknown
  constructor(status: number, failure: Partial<Failure>) {
    super(failure.message ?? `the api answered ${status}`)
    this.name = 'ReelayError'
    this.status = status
    this.code = failure.code ?? 'unknown'
    this.details = failure.details
  }
}
