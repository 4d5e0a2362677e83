import { type DerivationKind, derivationKinds } from '@reelay/contracts/derivation'
import { VideoId } from '@reelay/contracts/task'
import type { Metadata } from '@reelay/db/schema'
import type { SubmitRequest } from '@reelay/upstream/client'

/**
 * What a remix, an edit or an extension is made from as far as its row tells: upstream's id of it, which an upload has
 * none of. Undefined for a first video; throws where the source is not known.
 */
export function sourceIn(
  metadata: Metadata,
): (NonNullable<SubmitRequest['source']> & { kind: DerivationKind }) | undefined {
  const { type, remix_from, remix_from_external: id } = metadata
  const kind = derivationKinds.find((kind) => kind === type)
  if (typeof id === 'string') return { kind: kind ?? 'remix', id }
  if (!kind && id === undefined) return undefined
  if (!kind || id !== undefined || !VideoId.safeParse(remix_from).success)
    throw new Error(`the ${kind ?? 'remix'} has no source`)
  return { kind }
}
