import { type DerivationKind, derivationKinds } from '@reelay/contracts/derivation'
import type { ExternalTaskId } from '@reelay/contracts/task'
import type { Attachment, FileKind } from '../attachment.ts'
import type { Derivation, Dialect } from '../dialect/dialect.ts'

/**
 * The video that another is made from: upstream's id of it, an address of its clip that upstream can open, or its clip
 * where that is ours. `kind` is what is made from it: a remix where that isn't said.
 */
export type SourceVideo<Clip extends FileKind = Attachment> = {
  kind?: DerivationKind | undefined
  id?: ExternalTaskId | undefined
  url?: string | undefined
  clip?: Clip | undefined
}

/** What upstreams call it. A remix is a video by a new prompt, for which some have only an edit or the like. */
const verbs: Record<DerivationKind, readonly Derivation['verb'][]> = {
  remix: ['remix', 'edit', 'continue', 'video-input'],
  edit: ['edit'],
  extension: ['extend'],
}

/** How a dialect makes a video from this one, the best way that it can be named; undefined where it can't. */
export function derivationFor(dialect: Dialect, source: SourceVideo<FileKind>): Derivation | undefined {
  return derivationsOf(dialect, source.kind).find((derivation) => nameOf(derivation, source) !== undefined)
}

function derivationsOf({ derive }: Dialect, kind: DerivationKind = 'remix'): Derivation[] {
  return derive.filter(({ verb }) => verbs[kind].includes(verb))
}

/**
 * Whether a video of upstream's own can be named here by an address that it has to be asked for: one that has a route for
 * clips may not tell addresses.
 */
export function needsAddress(dialect: Dialect, { kind, id, url }: SourceVideo<FileKind>): boolean {
  const tellsAddresses = dialect.result.route === null
  return (
    tellsAddresses &&
    id !== undefined &&
    url === undefined &&
    derivationFor(dialect, { kind, url: '' }) !== undefined
  )
}

/** Whether this video is named by its clip here, if that is ours. */
export function takesClip(dialect: Dialect, source: SourceVideo<FileKind>): boolean {
  return derivationFor(dialect, { ...source, clip: anyClip })?.source === 'file'
}

export const anyClip: FileKind = { type: 'video/mp4', bytes: 0 }

export function nameOf<Clip extends FileKind>(
  { source: by }: Derivation,
  { id, url, clip }: SourceVideo<Clip>,
): string | Clip | undefined {
  return { 'id-in-path': id, 'id-in-body': id, url, file: clip }[by]
}

export const ways: Record<Derivation['source'], string> = {
  'id-in-path': 'its id',
  'id-in-body': 'its id',
  url: 'an address of its clip',
  file: 'its clip',
}

const names: Record<DerivationKind, { of: string; many: string }> = {
  remix: { of: 'a video from an earlier one', many: 'remixes' },
  edit: { of: 'an edit of an earlier video', many: 'edits' },
  extension: { of: 'an extension of an earlier video', many: 'extensions' },
}

export function whyNoDerivation(dialect: Dialect, kind: DerivationKind = 'remix'): string {
  const known = waysOf(dialect, kind)
  if (known !== undefined) return `upstream makes ${names[kind].of} by ${known} only`
  if (kind === 'remix') return 'upstream can’t make a video from an earlier one, only first videos'
  const others = derivationKinds.filter((other) => derivationsOf(dialect, other).length > 0)
  const instead = others.map((other) => names[other].many).join(' and ') || 'first videos'
  return `upstream makes no ${names[kind].many}, only ${instead}`
}

export function waysOf(dialect: Dialect, kind?: DerivationKind): string | undefined {
  const derivations = derivationsOf(dialect, kind)
  if (derivations.length === 0) return undefined
  return [...new Set(derivations.map(({ source }) => ways[source]))].join(' or ')
}

export function whyNoClips(
  upstreams: readonly { name: string; dialect: Dialect }[],
  kind: DerivationKind = 'remix',
): string {
  const known = upstreams.map(({ name, dialect }) => {
    const ways = waysOf(dialect, kind)
    if (ways !== undefined) return `${name} makes one by ${ways} only`
    return kind === 'remix' ? `${name} makes first videos only` : `${name} makes no ${names[kind].many}`
  })
  const wanted = { remix: 'a video', edit: 'an edit', extension: 'an extension' }[kind]
  return `no upstream makes ${wanted} from a clip of ours: ${known.join(', ')}`
}
