import { ids } from '@reelay/contracts/examples'
import type { Failure } from '@reelay/contracts/replies'
import type { OpenAPIV3_1 } from 'openapi-types'
import { sentenceOf, statusOf } from '../http/error-handler.ts'
import type { ApiErrorCode } from '../http/errors.ts'
import { answerHeaders, rateLimitHeaders } from './headers.ts'

type Responses = Record<string, OpenAPIV3_1.ResponseObject>

const refusal = {
  videoId: ids.remix,
  upstreamCode: 'invalid_prompt',
  upstreamMessage: 'The prompt is not allowed',
}

/** What `details` hold, where a code has some. */
const details: Partial<Record<ApiErrorCode, unknown>> = {
  invalid_request: [{ field: 'prompt', message: 'is required' }],
  already_known: { videoId: ids.source },
  not_cancellable: { videoId: ids.source, status: 'COMPLETED' },
  not_retryable: { videoId: ids.source, status: 'COMPLETED' },
  too_many_unfinished: { limit: 1, running: [ids.remix] },
  upstream_refused: refusal,
  moderation_blocked: { ...refusal, upstreamCode: 'moderation_blocked' },
  submission_unknown: { ...refusal, upstreamCode: null, upstreamMessage: null },
  timeout: { ...refusal, upstreamCode: null, upstreamMessage: null },
}

/** References to the failures of a route by status, and the components that they refer to. */
export function failureResponses(codes: ApiErrorCode[]): {
  references: OpenAPIV3_1.ResponsesObject
  components: Responses
} {
  const byStatus = Object.groupBy([...new Set(codes)].sort(), statusOf)
  const named = Object.entries(byStatus).map(([status, codes = []]) => ({
    status,
    codes,
    name: codes.join('.'),
  }))
  return {
    references: Object.fromEntries(
      named.map(({ status, name }) => [status, { $ref: `#/components/responses/${name}` }]),
    ),
    components: Object.fromEntries(
      named.map(({ status, codes, name }) => [name, response(Number(status), codes)]),
    ),
  }
}

function response(status: number, codes: ApiErrorCode[]): OpenAPIV3_1.ResponseObject {
  const limited = status === 429 ? rateLimitHeaders : []
  const waits = status === 429 || status === 503
  return {
    description: codes.map((code) => `\`${code}\`: ${sentenceOf(code, 'en')}.`).join('\n\n'),
    ...(waits && { headers: answerHeaders(['Retry-After', ...limited]) }),
    content: {
      'application/json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Failure' },
            { type: 'object', properties: { code: { enum: codes } } },
          ],
        },
        examples: Object.fromEntries(codes.map((code) => [code, { value: example(code) }])),
      },
    },
  }
}

function example(code: ApiErrorCode): Failure {
  const message = sentenceOf(code, 'en')
  return {
    success: false,
    code,
    error: message,
    message,
    ...(code in details && { details: details[code] }),
    requestId: '5f0c6e0a-6f57-4a53-9a3e-0d6c8a1b2f3e',
  }
}
