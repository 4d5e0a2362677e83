import type { CredentialId } from '@reelay/contracts/credential'
import type { UpstreamCall } from './call.ts'
import { createUpstreamClient, type UpstreamClient } from './client.ts'
import type { Dialect } from './dialect/dialect.ts'
import type { UpstreamOptions } from './endpoint.ts'
import type { Credential, Registry, Upstream } from './registry/registry.ts'

export type Upstreams = ReturnType<typeof openUpstreams>

export type UpstreamsOptions = Pick<
  UpstreamOptions,
  'submitTimeoutMs' | 'pollTimeoutMs' | 'sendWindowMs' | 'contentOrigins'
> & {
  onCall?: (call: UpstreamCall & { credential: CredentialId }) => void
  traceCall?: <T>(
    call: { operation: string; credential: CredentialId },
    run: (headers: Record<string, string>) => Promise<T>,
  ) => Promise<T>
}

/** All upstreams that a process may ask, with a client for each credential. */
export function openUpstreams(
  registry: Registry<Dialect>,
  { onCall, traceCall, ...options }: UpstreamsOptions,
) {
  const clients = new Map(
    registry.upstreams.flatMap((upstream) =>
      upstream.credentials.map((credential) => [credential.id, clientFor(upstream, credential)] as const),
    ),
  )

  function clientFor(upstream: Upstream<Dialect>, { id, key }: Credential): UpstreamClient {
    const { baseUrl, dialect, models } = upstream
    return createUpstreamClient({
      ...options,
      baseUrl,
      dialect,
      apiKey: key?.reveal() ?? '',
      ...(models && { models: Object.fromEntries(models) }),
      ...(onCall && { onCall: (call) => onCall({ ...call, credential: id }) }),
      ...(traceCall && { traceCall: (operation, run) => traceCall({ operation, credential: id }, run) }),
    })
  }

  return {
    registry,

    /** Undefined for a credential that the registry no longer names. */
    clientOf: (credential: CredentialId): UpstreamClient | undefined => clients.get(credential),

    /** Throws when no upstream can be reached at all; any HTTP answer will do. */
    probe: () => Promise.any([...clients.values()].map((client) => client.probe())),

    async close(): Promise<void> {
      await Promise.all([...clients.values()].map((client) => client.close()))
    },
  }
}
