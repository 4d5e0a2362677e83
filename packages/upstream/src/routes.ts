import { upstreamOf } from '@reelay/contracts/credential'
import type { DerivationKind } from '@reelay/contracts/derivation'
import type { FileKind } from './attachment.ts'
import type { Dialect } from './dialect/dialect.ts'
import type { Credential, Registry, Upstream } from './registry/registry.ts'
import { derivationFor, takesClip, whyNoClips } from './requests/derivation.ts'
import type { Asked, Models, Saying, Unsupported } from './requests/said.ts'
import { saySeconds } from './requests/seconds.ts'
import { saySize } from './requests/size.ts'
import { unsupportedBy, type Wanted } from './supports.ts'

/**
 * What is asked for that no upstream has yet; `upstream` names the only one that will do. `clip` is one of ours that it
 * is made from: of its size and length is asked what an upstream has words for. `kind` is what is made from it: a remix
 * where that isn't said.
 */
export type FirstVideo = Omit<Wanted, 'source'> & {
  upstream?: string | null | undefined
  clip?: FileKind | undefined
  kind?: DerivationKind | undefined
}

/**
 * The active credentials that a video may be made with that no upstream has yet, in the order of the file; where there
 * are none, what is in the way at the first upstream that could be meant.
 */
export function routesOf(
  registry: Registry<Dialect>,
  { upstream: only, ...asked }: FirstVideo,
): { credentials: Credential[]; problem?: Unsupported | undefined } {
  const upstreams = registry.upstreams.filter(({ name }) => !only || name === only)
  const looks = upstreams.map((upstream) => ({
    problem: problemAt(upstream, asked),
    active: upstream.credentials.filter(({ state }) => state === 'active'),
  }))
  const credentials = looks.flatMap(({ problem, active }) => (problem ? [] : active))
  if (credentials.length > 0) return { credentials }
  const { clip, kind } = asked
  if (clip && !upstreams.some(({ dialect }) => takesClip(dialect, { kind })))
    return { credentials, problem: { field: 'source', message: whyNoClips(upstreams, kind) } }
  const found = looks.find(({ problem, active }) => problem && active.length > 0)
  return { credentials, problem: found?.problem ?? draining }
}

const draining: Unsupported = {
  field: 'upstream',
  message: 'takes no first videos: its credentials are draining',
}

/** An upstream without `models` serves every model, and each serves a request that names none. */
function problemAt(
  upstream: Upstream<Dialect>,
  { clip, kind, ...asked }: Omit<FirstVideo, 'upstream'>,
): Unsupported | undefined {
  const { models, dialect } = upstream
  if (asked.model && models && !models.has(asked.model))
    return { field: 'model', message: `must be one of ${[...models.keys()].join(', ')}` }
  const source = clip && { kind, clip }
  const said = source
    ? askedFrom(source, asked, upstream)
    : { ...asked, model: modelAt(upstream, asked.model) }
  return unsupportedBy(dialect, { ...said, source, picture: asked.picture }, modelsOf(upstream))
}

/**
 * What is asked for with a video that is made from this one: of its own size and length what there are words for, and a
 * model where upstream has none of it yet. The length of an extension is not its source's, and is never left out.
 */
export function askedFrom(
  source: NonNullable<Wanted['source']>,
  { model, size, seconds }: Asked,
  upstream: Upstream<Dialect>,
): Asked {
  const { fields } = upstream.dialect
  const sends = derivationFor(upstream.dialect, source)?.sends ?? []
  const isNew = source.id === undefined && sends.includes('model')
  return {
    model: isNew ? modelAt(upstream, model) : (model ?? null),
    size: (sends.includes('size') && size && isSayable(saySize(size, fields.size)) && size) || null,
    seconds: (seconds && (source.kind === 'extension' || isSaid(seconds)) && seconds) || null,
  }

  function isSaid(seconds: string): boolean {
    return sends.includes('seconds') && isSayable(saySeconds(seconds, fields.seconds))
  }
}

function isSayable(saying: Saying | Unsupported): boolean {
  return 'said' in saying
}

/** Our name of the model that an upstream makes a first video with: its first where none is asked for. */
export function modelAt(
  { models }: Pick<Upstream<Dialect>, 'models'>,
  asked: string | null | undefined,
): string | null {
  return asked ?? models?.keys().next().value ?? null
}

export function modelsOf({ models, dialect }: Upstream<Dialect>): Models {
  return models ? Object.fromEntries(models) : dialect.models
}

/** The only credential that goes by these names, as far as they are given; undefined where several do, or none. */
export function credentialNamed(
  { credentials }: Pick<Registry<Dialect>, 'credentials'>,
  { upstream, credential }: { upstream?: string | null | undefined; credential?: string | null | undefined },
): Credential | undefined {
  const meant = credentials.filter(
    ({ id, name }) => (!upstream || upstreamOf(id) === upstream) && (!credential || name === credential),
  )
  return meant.length === 1 ? meant[0] : undefined
}
