import type { Answer } from './answer.ts'
import { type Trouble, trouble } from './outcome.ts'

/** Whether a completed video has bytes to play. */
export type ContentOutcome = { kind: 'there' } | { kind: 'missing' } | Trouble

/** What an answer to a request for a completed video's first byte means. */
export function contentOutcome(answer: Answer): ContentOutcome {
  const { status } = answer
  if (status < 400) return { kind: 'there' }
  // Servers disagree about which of these says that there is nothing.
  return [400, 404, 409, 410, 416].includes(status)
    ? { kind: 'missing' }
    : trouble(answer, 'answer without content')
}
