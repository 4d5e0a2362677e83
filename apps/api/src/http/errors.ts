import { type Problem, problems } from '@reelay/contracts/problems'

/** Every code of ours that a client may meet, beside the task's own error codes. */
export type ApiErrorCode =
  | 'invalid_request'
  | 'unauthorized'
  | 'invalid_credentials'
  | 'forbidden'
  | 'registration_closed'
  | 'username_taken'
  | 'email_taken'
  | 'not_found'
  | 'task_not_found'
  | 'source_not_found'
  | 'source_not_completed'
  | 'source_not_remixable'
  | 'idempotency_key_reused'
  | 'already_known'
  | 'not_completed'
  | 'not_cancellable'
  | 'not_retryable'
  | 'too_many_unfinished'
  | 'rate_limited'
  | 'too_many_feeds'
  | 'content_expired'
  | 'link_expired'
  | 'range_not_satisfiable'
  | 'precondition_failed'
  | 'upstream_unavailable'
  | 'upstream_bad_content'
  | 'upstream_refused'
  | 'moderation_blocked'
  | 'submission_unknown'
  | 'timeout'
  | 'request_timeout'
  | 'headers_too_large'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'uri_too_long'
  | 'overloaded'
  | 'unavailable'
  | 'storage_full'
  | 'internal'

export type FieldProblem = { field: string; problem: Problem }

/** An answer that is no success, by its stable code. `details` go to the client as they are. */
export class ApiError extends Error {
  code: ApiErrorCode
  details: unknown
  /** What is wrong with the request, told as `details` in the client’s language. */
  problems: FieldProblem[] | undefined
  constructor(code: ApiErrorCode, details?: unknown, problems?: FieldProblem[]) {
    super(code)
    this.code = code
    this.details = details
    this.problems = problems
  }
}

/** A 400 that names the field and says what would be right. */
export function invalid(field: string, problem: Problem): ApiError {
  return new ApiError('invalid_request', undefined, [{ field, problem }])
}

/** A 415 that names the header. */
export function unsupported(field: string, problem: Problem): ApiError {
  return new ApiError('unsupported_media_type', undefined, [{ field, problem }])
}

/** Text of bytes that must be UTF-8: what is not would be stored as something that nobody wrote. */
export function utf8(field: string, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw invalid(field, problems.utf8)
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true })
