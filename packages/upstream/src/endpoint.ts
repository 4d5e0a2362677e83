import { createScrubber } from './answer/answer.ts'
import type { OnCall, TraceCall } from './call.ts'
import type { Dialect } from './dialect/dialect.ts'
import { createReading } from './dialect/reading.ts'
import type { Models } from './requests/said.ts'
import { NotAskedError } from './submit/send-once.ts'

/**
 * `baseUrl` has its path prefix, as in `https://host/v1`. `auth`, which is how the key is sent, and `models` stand in
 * place of what the dialect says.
 */
export type UpstreamOptions = {
  baseUrl: string
  apiKey: string
  dialect: Dialect
  auth?: 'bearer' | 'raw' | 'api-key' | undefined
  models?: Models | undefined
  submitTimeoutMs: number
  pollTimeoutMs: number
  sendWindowMs: number
  contentOrigins?: readonly string[]
  onCall?: OnCall
  traceCall?: TraceCall
}

export type Endpoint = ReturnType<typeof createEndpoint>

export const CONNECT_TIMEOUT_MS = 10_000

export function createEndpoint({ baseUrl, apiKey, auth, models, dialect, ...options }: UpstreamOptions) {
  const base = new URL(baseUrl)
  return {
    ...options,
    dialect,
    models: models ?? dialect.models,
    base,
    prefix: base.pathname.replace(/\/$/, ''),
    headers: {
      ...dialect.headers,
      ...credentials(auth ?? dialect.auth, apiKey, dialect),
      accept: 'application/json',
      'user-agent': 'reelay',
    },
    scrub: createScrubber(apiKey),
    reading: createReading(dialect),
  }
}

function credentials(
  auth: NonNullable<UpstreamOptions['auth']> | Dialect['auth'],
  apiKey: string,
  { authHeader }: Dialect,
): Record<string, string> {
  switch (auth) {
    case 'none':
      return {}
    case 'header':
      return { [authHeader.toLowerCase()]: apiKey }
    case 'api-key':
      return { 'api-key': apiKey }
    case 'raw':
      return { authorization: apiKey }
    case 'bearer':
      return { authorization: `Bearer ${apiKey}` }
  }
}

/** A path of one video, from a dialect's. Its id is opaque text; `.` and `..` would climb out of the path. */
export function pathOf(path: string, id: string): string {
  if (id === '.' || id === '..') throw new NotAskedError('upstream gave a video id that is no name', false)
  return path.replace('{id}', () => encodeURIComponent(id))
}
