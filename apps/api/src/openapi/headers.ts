import { ids } from '@reelay/contracts/examples'
import type { OpenAPIV3_1 } from 'openapi-types'

type Described = { description: string; schema: OpenAPIV3_1.SchemaObject; example: string | number }

export const requestId = '5f0c6e0a-6f57-4a53-9a3e-0d6c8a1b2f3e'
const text = { type: 'string' } as const
const count = { type: 'integer', minimum: 0 } as const

const ofRequests = {
  'Idempotency-Key': {
    description:
      'Names this request among the caller’s own: sent again with the same key and body it returns the same task, and makes no second one. Same meaning as clientRequestId, and to the letter: quotes and commas are part of it.',
    schema: { type: 'string', pattern: '^[ -~]{1,255}$' },
    example: 'my-first-remix',
  },
  Prefer: {
    description: 'respond-async returns 202 at once and does not wait for upstream’s acceptance.',
    schema: text,
    example: 'respond-async',
  },
  'X-Stainless-Retry-Count': {
    description:
      'What official SDKs say of a request without a key that they send again: from 1 on, one that is equal to an earlier one of the last five minutes makes no second task.',
    schema: { type: 'string', pattern: '^[0-9]{1,3}$' },
    example: '1',
  },
  'Last-Event-ID': {
    description: 'The id of the last event that was received: what ended since then is sent again.',
    schema: text,
    example: '1767225690000',
  },
  Range: {
    description: 'One range of bytes. Anything else is ignored.',
    schema: text,
    example: 'bytes=0-65535',
  },
  'If-Range': {
    description:
      'A strong ETag or the Last-Modified date: when the video is no longer the same all of it is sent.',
    schema: text,
    example: '"68f1c3a2"',
  },
  'If-Match': {
    description: 'ETags of what the client has a part of: 412 when the video is none of them.',
    schema: text,
    example: '"68f1c3a2"',
  },
  'If-Unmodified-Since': {
    description: 'A Last-Modified date: 412 when the video has changed since. Not beside If-Match.',
    schema: text,
    example: 'Sat, 28 Nov 2026 12:00:00 GMT',
  },
  'If-None-Match': {
    description: 'ETags of what the client has: 304 when the video is one of them.',
    schema: text,
    example: '"68f1c3a2"',
  },
  'If-Modified-Since': {
    description: 'A Last-Modified date: 304 when the video has not changed since.',
    schema: text,
    example: 'Sat, 28 Nov 2026 12:00:00 GMT',
  },
} satisfies Record<string, Described>

const ofResponses = {
  Location: {
    description: 'Where the task is',
    schema: text,
    example: `/api/video/tasks/${ids.remix}`,
  },
  'Retry-After': { description: 'Seconds to wait', schema: count, example: 2 },
  'RateLimit-Limit': { description: 'Requests a minute', schema: count, example: 300 },
  'RateLimit-Remaining': { description: 'Requests left in this minute', schema: count, example: 299 },
  'RateLimit-Reset': { description: 'Seconds to the next minute', schema: count, example: 60 },
  'openai-poll-after-ms': {
    description: 'While it is unfinished: milliseconds between two looks, as often as we look ourselves',
    schema: count,
    example: 5000,
  },
  'x-request-id': { description: 'Finds the request in the log', schema: text, example: requestId },
  'x-should-retry': {
    description: '`false` where the same request would fail again',
    schema: text,
    example: 'false',
  },
  'retry-after-ms': { description: 'Milliseconds to wait', schema: count, example: 2000 },
  'Content-Range': { description: 'Which bytes of how many', schema: text, example: 'bytes 0-65535/1048576' },
  'Content-Disposition': {
    description: 'Shown where the type is a known one, else saved',
    schema: text,
    example: `inline; filename="${ids.source}.mp4"`,
  },
} satisfies Record<string, Described>

export type RequestHeader = keyof typeof ofRequests
export type ResponseHeader = keyof typeof ofResponses

export const rateLimitHeaders = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'] as const

export const headerComponents = {
  parameters: Object.fromEntries(
    Object.entries(ofRequests).map(([name, header]) => [name, { name, in: 'header', ...header }]),
  ),
  headers: ofResponses as Record<string, OpenAPIV3_1.HeaderObject>,
}

export function requestHeaders(names: readonly RequestHeader[]): OpenAPIV3_1.ReferenceObject[] {
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }))
}

export function responseHeaders(
  names: readonly ResponseHeader[],
): Record<string, OpenAPIV3_1.ReferenceObject> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}
