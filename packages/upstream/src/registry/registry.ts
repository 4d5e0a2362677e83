import { CredentialId, UpstreamName } from '@reelay/contracts/credential'
import { Secret } from './secret.ts'

/**
 * A key at an upstream, by its name in rows, logs and metrics: `azure-eu/a`. There is no `key` where the dialect sends
 * none. `weight` is its share of first videos, beside those of the others; `maxInFlight`, how many videos it makes at a
 * time, undefined for no limit.
 */
export type Credential = Readonly<{
  id: CredentialId
  name: string
  key: Secret | undefined
  weight: number
  maxInFlight: number | undefined
  submitsPerMinute: number | undefined
  /** One that drains gets no first videos; reads and derivations go on. */
  state: 'active' | 'draining'
}>

/**
 * A server that makes videos. `D` is the dialect that it speaks. `baseUrl` has its path prefix, as in
 * `https://host/v1`. `models` are our names of models → theirs; undefined passes every model on as it is.
 */
export type Upstream<D> = Readonly<{
  name: UpstreamName
  dialect: D
  dialectName: string
  baseUrl: string
  models: ReadonlyMap<string, string> | undefined
  credentials: readonly Credential[]
}>

export type Registry<D> = Readonly<{
  upstreams: readonly Upstream<D>[]
  credentials: readonly Credential[]
  upstream(name: string): Upstream<D> | undefined
  credential(id: string): Credential | undefined
  upstreamOf(credentialId: string): Upstream<D> | undefined
}>

/** How an upstream is told of. Null is as good as absent. */
export type UpstreamSettings<D> = Pick<Upstream<D>, 'dialect' | 'dialectName' | 'baseUrl'> & {
  name: string
  models?: ReadonlyMap<string, string> | null | undefined
  credentials: readonly CredentialSettings[]
}

type CredentialSettings = {
  name: string
  key?: string | null | undefined
  weight?: number | null | undefined
  maxInFlight?: number | null | undefined
  submitsPerMinute?: number | null | undefined
  state?: Credential['state'] | null | undefined
}

/** What they say has been checked: names are unique, and each upstream has a credential. */
export function createRegistry<D>(settings: readonly UpstreamSettings<D>[]): Registry<D> {
  const upstreams = Object.freeze(settings.map(createUpstream))
  const byName = new Map<string, Upstream<D>>(upstreams.map((upstream) => [upstream.name, upstream]))
  const credentials = new Map<string, { credential: Credential; upstream: Upstream<D> }>(
    upstreams.flatMap((upstream) =>
      upstream.credentials.map((credential) => [credential.id, { credential, upstream }] as const),
    ),
  )
  return Object.freeze({
    upstreams,
    credentials: Object.freeze(upstreams.flatMap((upstream) => upstream.credentials)),
    upstream: (name: string) => byName.get(name),
    credential: (id: string) => credentials.get(id)?.credential,
    upstreamOf: (credentialId: string) => credentials.get(credentialId)?.upstream,
  })
}

function createUpstream<D>(settings: UpstreamSettings<D>): Upstream<D> {
  const { name, dialect, dialectName, baseUrl, models, credentials } = settings
  return Object.freeze({
    name: UpstreamName.parse(name),
    dialect,
    dialectName,
    baseUrl,
    models: models ?? undefined,
    credentials: Object.freeze(credentials.map((credential) => createCredential(name, credential))),
  })
}

function createCredential(upstream: string, settings: CredentialSettings): Credential {
  const { name, key, weight, maxInFlight, submitsPerMinute, state } = settings
  return Object.freeze({
    id: CredentialId.parse(`${upstream}/${name}`),
    name,
    key: key ? new Secret(key) : undefined,
    weight: weight ?? 1,
    maxInFlight: maxInFlight ?? undefined,
    submitsPerMinute: submitsPerMinute ?? undefined,
    state: state ?? 'active',
  })
}
