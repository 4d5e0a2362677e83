import type { ExternalTaskId } from '@reelay/contracts/task'
import { createScrubber } from './answer/answer.ts'
import type { OnCall } from './call.ts'
import { NotSentError } from './submit/send-once.ts'

export type UpstreamOptions = {
  /** With its path prefix, as in `https://host/v1`. */
  baseUrl: string
  apiKey: string
  auth: 'bearer' | 'raw' | 'api-key'
  remixVerb: 'remix' | 'edits'
  remixModel: 'omit' | 'send'
  submitTimeoutMs: number
  pollTimeoutMs: number
  sendWindowMs: number
  contentOrigins?: readonly string[]
  onCall?: OnCall
}

export type Endpoint = ReturnType<typeof createEndpoint>

export const CONNECT_TIMEOUT_MS = 10_000

export function createEndpoint({ baseUrl, apiKey, auth, ...options }: UpstreamOptions) {
  const base = new URL(baseUrl)
  return {
    ...options,
    base,
    prefix: base.pathname.replace(/\/$/, ''),
    headers: { ...credentials(auth, apiKey), accept: 'application/json', 'user-agent': 'reelay' },
    scrub: createScrubber(apiKey),
  }
}

function credentials(auth: UpstreamOptions['auth'], apiKey: string): Record<string, string> {
  if (auth === 'api-key') return { 'api-key': apiKey }
  return { authorization: auth === 'raw' ? apiKey : `Bearer ${apiKey}` }
}

/** A video's path below the prefix. Its id is opaque text; `.` and `..` would climb out of the path. */
export function videoPath(id: ExternalTaskId): string {
  if (id === '.' || id === '..') throw new NotSentError('upstream gave a video id that is no name', false)
  return `/videos/${encodeURIComponent(id)}`
}
