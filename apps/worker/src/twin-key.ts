import { createHash } from 'node:crypto'
import type { ExternalTaskId } from '@reelay/contracts/task'

/** Two prompts that a search upstream could not tell apart: trimmed, NFC, white space folded. */
export function foldPrompt(prompt: string): string {
  return prompt.normalize('NFC').replace(/\s+/g, ' ').trim()
}

/**
 * Names what could be mistaken for one another upstream: same source, same prompt. The ledger has one open
 * submission of each, so that a lost answer can belong to one task only. Where the source can't be compared
 * (edits) leave it out.
 */
export function twinKey({
  sourceId,
  prompt,
}: {
  sourceId?: ExternalTaskId | undefined
  prompt: string
}): string {
  return createHash('sha256')
    .update(`${sourceId ?? '-'}\n${foldPrompt(prompt)}`)
    .digest('hex')
}
