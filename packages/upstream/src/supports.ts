import type { FileKind } from './attachment.ts'
import type { Derivation, Dialect } from './dialect/dialect.ts'
import { derivationFor, needsAddress, type SourceVideo, whyNoDerivation } from './requests/derivation.ts'
import { pictureProblem } from './requests/picture.ts'
import { type Asked, type Models, say, type Unsupported } from './requests/said.ts'

export type { Unsupported } from './requests/said.ts'

/** What a client asks for: `source` only for a video that is made from an earlier one. */
export type Wanted = Asked & {
  source?: SourceVideo<FileKind> | undefined
  picture?: FileKind | null | undefined
}

/**
 * What of a request a dialect can't do, said before anything is paid; undefined when it can do all of it. `models` are
 * the upstream's own, ours to theirs.
 */
export function unsupportedBy(
  dialect: Dialect,
  { source, picture, ...asked }: Wanted,
  models: Models = dialect.models,
): Unsupported | undefined {
  if (!source) return problemOf(say(asked, dialect, models)) ?? problemWith(picture, dialect)
  const derivation =
    derivationFor(dialect, source) ??
    (needsAddress(dialect, source) && derivationFor(dialect, { kind: source.kind, url: '' }))
  if (!derivation) return { field: 'source', message: whyNoDerivation(dialect, source.kind) }
  const { sends } = derivation
  const unsent = (['model', 'size', 'seconds'] as const).find(
    (field) => asked[field] && !sends.includes(field),
  )
  if (unsent) return { field: unsent, message: `is that of the earlier video${alsoSent(sends)}` }
  const problem = problemOf(say(asked, dialect, models, sends))
  // What isn't asked for anew is the earlier video's, its model too; a clip that upstream doesn't know has none.
  const isOurs = derivation.source === 'file' && source.id === undefined
  if (problem && (problem.field !== 'model' || asked.model || isOurs)) return problem
  return problemWith(picture, dialect, derivation)
}

function problemWith(picture: Wanted['picture'], { image }: Dialect, derivation?: Derivation) {
  return picture ? pictureProblem(picture, image, derivation) : undefined
}

function alsoSent(sends: readonly string[]): string {
  return sends.length > 0 ? `; only ${sends.join(', ')} can be asked for` : ''
}

function problemOf(outcome: ReturnType<typeof say>): Unsupported | undefined {
  return 'field' in outcome ? outcome : undefined
}
