import { type Problem, problems } from '@reelay/contracts/problems'
import type { ApiErrorCode } from './api-errors.ts'

export type FieldProblem = { field: string; problem: Problem }

/** An answer that is no success, by its stable code. `details` go to the client as they are. */
export class ApiError extends Error {
  code: ApiErrorCode
  details: unknown
  problems: FieldProblem[] | undefined
  constructor(code: ApiErrorCode, details?: unknown, problems?: FieldProblem[]) {
    super(code)
    this.code = code
    this.details = details
    this.problems = problems
  }
}

export function invalid(field: string, problem: Problem): ApiError {
  return new ApiError('invalid_request', undefined, [{ field, problem }])
}

export function tooLarge(field: string, maxBytes: number): ApiError {
  return new ApiError('payload_too_large', undefined, [{ field, problem: problems.mostBytes(maxBytes) }])
}

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
