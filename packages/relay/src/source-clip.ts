import type { DerivationKind } from '@reelay/contracts/derivation'
import type { StoredClip } from '@reelay/db/schema'
import type { Source } from '@reelay/db/tasks/source'
import type { Dialect } from '@reelay/upstream/dialect/dialect'
import type { Upstream } from '@reelay/upstream/registry/registry'
import { takesClip } from '@reelay/upstream/requests/derivation'
import { modelsOf } from '@reelay/upstream/routes'
import { type Unsupported, unsupportedBy, type Wanted } from '@reelay/upstream/supports'

type InStore = Pick<Source, 'archive' | 'clip'>

export function clipOf({ clip }: InStore): Pick<StoredClip, 'type' | 'bytes'> | undefined {
  return clip ? { type: clip.type, bytes: clip.bytes } : undefined
}

/** Continues a sentence about a clip that is not in our own store. */
export function whyNoClip({ archive }: InStore): string {
  switch (archive) {
    case 'pending':
      return 'which is not in our store yet'
    case 'lost':
      return 'which upstream had no more when it was to be stored'
    case 'removed':
      return 'which was removed from our store'
    default:
      return 'which is not kept in our store'
  }
}

/** What is in the way of such a video from one that upstream made, by its id, its address or its clip. */
export function problemWithSource(
  source: Source,
  { kind, ...asked }: Pick<Wanted, 'model' | 'seconds' | 'picture'> & { kind: DerivationKind },
  upstream: Upstream<Dialect>,
): Unsupported | undefined {
  const { dialect } = upstream
  const id = source.externalTaskId ?? undefined
  const problem = unsupportedBy(
    dialect,
    { ...asked, source: { kind, id, clip: clipOf(source) } },
    modelsOf(upstream),
  )
  const isForClip = problem?.field === 'source' && takesClip(dialect, { kind, id })
  return isForClip ? { ...problem, message: `${problem.message}, ${whyNoClip(source)}` } : problem
}
