import { type CredentialId, firstCredential } from '@reelay/contracts/credential'
import { Picture } from '@reelay/contracts/task'
import type { Candidate } from '@reelay/db/ledger'
import type { TaskRow } from '@reelay/db/schema'
import type { SubmitRequest } from '@reelay/upstream/client'
import type { Credential } from '@reelay/upstream/registry/registry'
import { anyClip } from '@reelay/upstream/requests/derivation'
import { askedFrom, modelAt, routesOf } from '@reelay/upstream/routes'
import type { Upstreams } from '@reelay/upstream/upstreams'
import { sourceIn } from './source-in.ts'

/**
 * The credentials that a task may be sent with: any that can make it for a first video, and for what is made from
 * an earlier video the one that made that; from an upload, any that can make one from its clip. None where the registry names it no longer.
 */
export function candidatesOf(task: TaskRow, { registry }: Pick<Upstreams, 'registry'>): Candidate[] {
  const pinned = pinnedTo(task)
  if (pinned?.includes('/')) {
    const credential = registry.credential(pinned)
    return credential ? [candidate(credential)] : []
  }
  const { model, size, seconds } = task.asked ?? task
  const { data: picture } = Picture.safeParse(task.metadata.input_reference)
  const source = sourceIn(task.metadata)
  const clip = source && anyClip
  const asked = { model, size, seconds, picture, kind: source?.kind, clip, upstream: pinned }
  return routesOf(registry, asked).credentials.map(candidate)
}

/** Whether whoever waits for one of these credentials waits for all that first videos are made with. */
export function areAll(
  candidates: readonly Pick<Candidate, 'id'>[],
  { registry }: Pick<Upstreams, 'registry'>,
): boolean {
  const ids = new Set(candidates.map(({ id }) => id))
  const active = registry.credentials.filter(({ state }) => state === 'active')
  return active.length > 0 && active.every(({ id }) => ids.has(id))
}

/**
 * What a credential's upstream is asked for: a first video without a model is made with its first one, and what is made
 * from another is as long and large as that, where there are words for it.
 */
export function requestTo(
  credential: CredentialId,
  request: SubmitRequest,
  { registry }: Pick<Upstreams, 'registry'>,
): SubmitRequest {
  const upstream = registry.upstreamOf(credential)
  if (!upstream) return request
  if (!request.source) return { ...request, model: modelAt(upstream, request.model) }
  return { ...request, ...askedFrom(request.source, request, upstream) }
}

function pinnedTo({ pinnedTo, metadata }: TaskRow): string | null {
  // What was asked for before there were several is not pinned.
  return pinnedTo ?? (metadata.remix_from_external === undefined ? null : firstCredential)
}

function candidate({ id, weight, maxInFlight, submitsPerMinute }: Credential): Candidate {
  return { id, weight, maxInFlight, submitsPerMinute }
}
