import { createHash } from 'node:crypto'
import { firstCredential, type UpstreamName, upstreamOf } from '@reelay/contracts/credential'
import type { ExternalTaskId } from '@reelay/contracts/task'
import type { ListTells } from '@reelay/upstream/client'

/** Two prompts that a search upstream could not tell apart: trimmed, NFC, white space folded. */
export function foldPrompt(prompt: string): string {
  return prompt.normalize('NFC').replace(/\s+/g, ' ').trim()
}

const firstUpstream = upstreamOf(firstCredential)

type Submitted = { upstream?: UpstreamName; sourceId?: ExternalTaskId | undefined; prompt: string }

/**
 * Names what could be mistaken for one another: same upstream, same source, same prompt, of which what upstream's list doesn't
 * tell makes no difference. The ledger has one open submission of each, so that a lost answer can belong to one task
 * only.
 */
export function twinKey(
  { upstream, sourceId, prompt }: Submitted,
  tells: Pick<ListTells, 'prompt' | 'source'> = { prompt: true, source: true },
): string {
  const source = (tells.source && sourceId) || '-'
  // A video that nothing is told of is never found again, and may be made beside any other.
  const isBySource = !tells.prompt && source !== '-'
  // As it was before there were several, so that twins of then and now are told.
  const place = upstream === undefined || upstream === firstUpstream ? '' : `${upstream}\n`
  return createHash('sha256')
    .update(`${place}${source}\n${isBySource ? '' : foldPrompt(prompt)}`)
    .digest('hex')
}
