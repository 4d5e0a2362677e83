import { type CredentialId, firstCredential } from '@reelay/contracts/credential'
import type { Candidate } from '@reelay/db/ledger'
import type { TaskRow } from '@reelay/db/schema'

import type { Credential } from '@reelay/upstream/registry/registry'
import { routesOf } from '@reelay/upstream/routes'
import type { Upstreams } from '@reelay/upstream/upstreams'

/**
 * The credentials that a task may be sent with: any that can make it for a first video, and for what is made from
 * an earlier video the one that made that. None where the registry names it no longer.
 */
export function candidatesOf(task: TaskRow, { registry }: Pick<Upstreams, 'registry'>): Candidate[] {
  const pinned = pinnedTo(task)
  if (pinned?.includes('/')) {
    const credential = registry.credential(pinned)
    return credential ? [candidate(credential)] : []
  }
  const { model, size, seconds } = task.asked ?? task
  return routesOf(registry, { model, size, seconds, upstream: pinned }).credentials.map(candidate)
}

/** Whether a queue may pause for one credential's sake. */
export function hasOneCredential({ registry }: Pick<Upstreams, 'registry'>): boolean {
  return registry.credentials.length === 1
}

function pinnedTo({ pinnedTo, metadata }: TaskRow): string | null {
  // What was asked for before there were several is not pinned.
  return pinnedTo ?? (metadata.remix_from_external === undefined ? null : firstCredential)
}

function candidate({
  id,
  weight,
  maxInFlight,
  submitsPerMinute,
}: Credential): Candidate & { id: CredentialId } {
  return { id, weight, maxInFlight, submitsPerMinute }
}
