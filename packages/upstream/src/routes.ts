import { upstreamOf } from '@reelay/contracts/credential'
import type { Dialect } from './dialect/dialect.ts'
import type { Credential, Registry, Upstream } from './registry/registry.ts'
import type { Models, Unsupported } from './requests/said.ts'
import { unsupportedBy, type Wanted } from './supports.ts'

/** What a first video is asked for with; `upstream` names the only one that will do. */
export type FirstVideo = Omit<Wanted, 'source'> & { upstream?: string | null | undefined }

/**
 * The active credentials that a first video may be made with, in the order of the file; where there are none, what is in
 * the way at the first upstream that could be meant.
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
  const found = looks.find(({ problem, active }) => problem && active.length > 0)
  return { credentials, problem: found?.problem ?? draining }
}

const draining: Unsupported = {
  field: 'upstream',
  message: 'takes no first videos: its credentials are draining',
}

/** An upstream without `models` serves every model, and each serves a request that names none. */
function problemAt(upstream: Upstream<Dialect>, asked: Omit<Wanted, 'source'>): Unsupported | undefined {
  const { models, dialect } = upstream
  if (asked.model && models && !models.has(asked.model))
    return { field: 'model', message: `must be one of ${[...models.keys()].join(', ')}` }
  return unsupportedBy(dialect, { ...asked, model: modelAt(upstream, asked.model) }, modelsOf(upstream))
}

/** Our name of the model that an upstream makes a first video with: its first where none is asked for. */
export function modelAt({ models }: Pick<Upstream<Dialect>, 'models'>, asked: string | null | undefined) {
  return asked ?? models?.keys().next().value ?? null
}

/** Names of models, ours to theirs. */
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
