import { createHash } from 'node:crypto'
import {
  type CredentialId,
  firstCredential,
  type UpstreamName,
  upstreamOf,
} from '@reelay/contracts/credential'
import type { DerivationKind } from '@reelay/contracts/derivation'
import type { ExternalTaskId } from '@reelay/contracts/task'
import type { Rival } from '@reelay/db/ledger/reads'
import type { ListTells, SubmitRequest } from '@reelay/upstream/client'

/** Two prompts that a search upstream could not tell apart: trimmed, NFC, white space folded. */
export function foldPrompt(prompt: string): string {
  return prompt.normalize('NFC').replace(/\s+/g, ' ').trim()
}

const firstUpstream = upstreamOf(firstCredential)

type Submitted = {
  upstream?: UpstreamName
  kind?: DerivationKind | undefined
  sourceId?: ExternalTaskId | undefined
  prompt: string
}

type Tells = Pick<ListTells, 'prompt' | 'source'>

const all: Tells = { prompt: true, source: true }

export function twinsOf(
  { prompt, source }: Pick<SubmitRequest, 'prompt' | 'source'>,
  credential: CredentialId,
  tells: Tells | undefined,
): { twinKey: string; rival: Rival | undefined } {
  const sent = { upstream: upstreamOf(credential), kind: source?.kind, sourceId: source?.id, prompt }
  return { twinKey: twinKey(sent, tells), rival: rivalOf(sent, tells) }
}

/**
 * Whether upstream may list it without its source, and it is found by its prompt: of edits and extensions not every
 * upstream tells what they were made from.
 */
export function mayLackSource({ kind }: Pick<Submitted, 'kind'>, { prompt, source }: Tells): boolean {
  return (kind === 'edit' || kind === 'extension') && prompt && source
}

/**
 * Names what could be mistaken for one another: same upstream, same source, same prompt, of which what upstream's list doesn't
 * tell makes no difference. The ledger has one open submission of each, so that a lost answer can belong to one task
 * only.
 */
export function twinKey({ upstream, kind, sourceId, prompt }: Submitted, tells: Tells = all): string {
  const source = (tells.source && !mayLackSource({ kind }, tells) && sourceId) || '-'
  // A video that nothing is told of is never found again, and may be made beside any other.
  const isBySource = !tells.prompt && source !== '-'
  // As it was before there were several, so that twins of then and now are told.
  const place = upstream === undefined || upstream === firstUpstream ? '' : `${upstream}\n`
  return createHash('sha256')
    .update(`${place}${source}\n${isBySource ? '' : foldPrompt(prompt)}`)
    .digest('hex')
}

/**
 * The twins of another kind, that are listed with the same source and prompt: the remixes of an edit's or extension's
 * source, or the edits and extensions of a remix's. Undefined where there are none that could be mistaken for it, or all have one key.
 */
export function rivalOf(submitted: Submitted, tells: Tells = all): Rival | undefined {
  const { kind, sourceId } = submitted
  if (sourceId === undefined || !tells.prompt || !tells.source) return undefined
  const other = kind === 'edit' || kind === 'extension' ? 'remix' : 'edit'
  return { sourceId, twinKey: twinKey({ ...submitted, kind: other }, tells) }
}
