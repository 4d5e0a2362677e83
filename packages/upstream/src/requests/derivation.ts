import type { ExternalTaskId } from '@reelay/contracts/task'
import type { Attachment, FileKind } from '../attachment.ts'
import type { Derivation, Dialect } from '../dialect/dialect.ts'

/**
 * The video that another is made from: upstream's id of it, an address of its clip that upstream can open, or its clip
 * where that is ours.
 */
export type SourceVideo<Clip extends FileKind = Attachment> = {
  id?: ExternalTaskId | undefined
  url?: string | undefined
  clip?: Clip | undefined
}

/** How a dialect makes a video from this one, the best way that it can be named; undefined where it can't. */
export function derivationFor({ derive }: Dialect, source: SourceVideo<FileKind>): Derivation | undefined {
  return derive.find((derivation) => {
    return derivation.verb !== 'extend' && nameOf(derivation, source) !== undefined
  })
}

/**
 * Whether a video of upstream's own can be named here by an address that it has to be asked for: one that has a route for
 * clips may not tell addresses.
 */
export function needsAddress(dialect: Dialect, { id, url }: SourceVideo<FileKind>): boolean {
  const tellsAddresses = dialect.result.route === null
  return (
    tellsAddresses &&
    id !== undefined &&
    url === undefined &&
    derivationFor(dialect, { url: '' }) !== undefined
  )
}

/** Whether this video is named by its clip here, if that is ours. */
export function takesClip(dialect: Dialect, source: SourceVideo<FileKind>): boolean {
  return derivationFor(dialect, { ...source, clip: anyClip })?.source === 'file'
}

/** For questions to which it makes no difference which clip it is. */
export const anyClip: FileKind = { type: 'video/mp4', bytes: 0 }

/** What a derivation calls its source. */
export function nameOf<Clip extends FileKind>(
  { source: by }: Derivation,
  { id, url, clip }: SourceVideo<Clip>,
): string | Clip | undefined {
  return { 'id-in-path': id, 'id-in-body': id, url, file: clip }[by]
}

/** What an earlier video is named by. */
export const ways: Record<Derivation['source'], string> = {
  'id-in-path': 'its id',
  'id-in-body': 'its id',
  url: 'an address of its clip',
  file: 'its clip',
}

/** Why a dialect makes no video from this one, and what it can do instead. */
export function whyNoDerivation(dialect: Dialect): string {
  const known = waysOf(dialect)
  if (known === undefined) return 'upstream can’t make a video from an earlier one, only first videos'
  return `upstream makes a video from an earlier one by ${known} only`
}

/** What a dialect makes a video from an earlier one by; undefined where it makes none. */
export function waysOf({ derive }: Dialect): string | undefined {
  const derivations = derive.filter(({ verb }) => verb !== 'extend')
  if (derivations.length === 0) return undefined
  return [...new Set(derivations.map(({ source }) => ways[source]))].join(' or ')
}
