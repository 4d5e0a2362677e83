export type RelayErrorCode =
  | 'task_not_found'
  | 'source_not_found'
  | 'source_not_completed'
  | 'source_not_remixable'
  | 'idempotency_key_reused'
  | 'too_many_unfinished'
  | 'task_deleted'
  | 'not_cancellable'
  | 'not_deletable'
  | 'not_retryable'
  | 'already_known'
  | 'not_completed'
  | 'store_unavailable'
  | 'upstream_not_found'
  | 'not_supported_upstream'
  | 'source_upstream_gone'

export class RelayError extends Error {
  code: RelayErrorCode
  details: unknown
  constructor(code: RelayErrorCode, details?: unknown) {
    super(code)
    this.code = code
    this.details = details
  }
}
