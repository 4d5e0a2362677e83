import { exampleOf, type Failure } from '@reelay/contracts/replies'
import type { OpenAPIV3_1 } from 'openapi-types'
import { z } from 'zod'
import { type ApiErrorCode, apiErrors } from '../http/api-errors.ts'
import { type ResponseHeader, rateLimitHeaders, requestId, responseHeaders } from './headers.ts'

/** How an API writes its failures. */
export type Face = {
  prefix: string
  headers: ResponseHeader[]
  statusOf: (code: ApiErrorCode) => number
  schemaOf: (codes: ApiErrorCode[]) => OpenAPIV3_1.SchemaObject
  example: (code: ApiErrorCode) => object
}

export const nativeFace: Face = {
  prefix: '',
  headers: [],
  statusOf: (code) => apiErrors[code].status,
  schemaOf: (codes) => ({
    allOf: [
      { $ref: '#/components/schemas/Failure' },
      { type: 'object', properties: { code: { enum: codes }, ...detailsOf(codes) } },
    ],
  }),
  example,
}

type Responses = Record<string, OpenAPIV3_1.ResponseObject>

/** References to the failures of a route by status, and the components that they refer to. */
export function failureResponses(
  codes: ApiErrorCode[],
  face: Face,
): {
  references: OpenAPIV3_1.ResponsesObject
  components: Responses
} {
  const byStatus = Object.groupBy([...new Set(codes)].sort(), (code) => face.statusOf(code))
  const named = Object.entries(byStatus).map(([status, codes = []]) => ({
    status,
    codes,
    name: `${face.prefix}${codes.join('.')}`,
  }))
  return {
    references: Object.fromEntries(
      named.map(({ status, name }) => [status, { $ref: `#/components/responses/${name}` }]),
    ),
    components: Object.fromEntries(
      named.map(({ status, codes, name }) => [name, response(Number(status), codes, face)]),
    ),
  }
}

function response(status: number, codes: ApiErrorCode[], face: Face): OpenAPIV3_1.ResponseObject {
  const limited = status === 429 ? rateLimitHeaders : []
  const waits = status === 429 || status === 503
  const headers = [...face.headers, ...(waits ? (['Retry-After', ...limited] as const) : [])]
  return {
    description: codes.map((code) => `\`${code}\`: ${apiErrors[code].en}.`).join('\n\n'),
    ...(headers.length > 0 && { headers: responseHeaders(headers) }),
    content: {
      'application/json': {
        schema: face.schemaOf(codes),
        examples: Object.fromEntries(codes.map((code) => [code, { value: face.example(code) }])),
      },
    },
  }
}

function detailsOf(codes: ApiErrorCode[]): { details?: OpenAPIV3_1.SchemaObject } {
  const schemas = codes.flatMap((code) => apiErrors[code].details ?? [])
  if (schemas.length === 0) return {}
  const anyOf = [...new Map(schemas.map(schemaOf).map((schema) => [JSON.stringify(schema), schema])).values()]
  return { details: anyOf.length === 1 ? (anyOf[0] ?? {}) : { anyOf } }
}

function schemaOf(details: z.ZodType): OpenAPIV3_1.SchemaObject {
  const { $schema: _, examples: __, ...schema } = z.toJSONSchema(details, { io: 'input' })
  return schema as OpenAPIV3_1.SchemaObject
}

function example(code: ApiErrorCode): Failure {
  const { en: message, details } = apiErrors[code]
  return {
    success: false,
    code,
    error: message,
    message,
    ...(details && { details: exampleOf(details) }),
    requestId,
  }
}
