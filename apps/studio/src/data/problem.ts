import { ReelayError } from '@reelay/client/client'
import type { Texts } from '../i18n/texts.ts'

/** What is told of an error: the api's own sentence, or ours where it said nothing. */
export function messageOf(error: unknown, texts: Texts): string {
  if (!(error instanceof ReelayError)) return texts.problems.unexpected
  return error.status === 0 || error.code === 'unknown' ? texts.problems.unreachable : error.message
}

/** The same, and what the api says is wrong, where no field stands beside it. */
export function wholeMessageOf(error: unknown, texts: Texts): string {
  const told = Object.entries(fieldProblems(error)).map((each) => each.join(' '))
  return [messageOf(error, texts), ...told].join(': ')
}

/** Whether the api knows of no such thing, or no longer. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ReelayError && error.status === 404
}

/** What the api says of the fields of a request, by name. */
export function fieldProblems(error: unknown): Record<string, string> {
  if (!(error instanceof ReelayError) || !Array.isArray(error.details)) return {}
  const told = (error.details as unknown[]).filter(isFieldProblem)
  return Object.fromEntries(told.map(({ field, message }) => [field, message]))
}

function isFieldProblem(detail: unknown): detail is { field: string; message: string } {
  const { field, message } = (detail ?? {}) as { field?: unknown; message?: unknown }
  return typeof field === 'string' && typeof message === 'string'
}
