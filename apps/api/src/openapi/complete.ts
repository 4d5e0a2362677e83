import type { OpenAPIV3_1 } from 'openapi-types'
import type { ApiErrorCode } from '../http/api-errors.ts'
import { videosFace } from '../v1/face.ts'
import { ABOUT, type About } from './about.ts'
import { failureResponses, nativeFace } from './failures.ts'
import { headerComponents, rateLimitHeaders, requestHeaders, responseHeaders } from './headers.ts'

type Document = OpenAPIV3_1.Document
type Operation = OpenAPIV3_1.OperationObject & { [ABOUT]?: About }

const methods = ['get', 'head', 'post', 'delete'] as const

const meanings: Record<string, string> = {
  200: 'Done',
  201: 'Made',
  202: 'Taken, and not finished yet',
}

/** Adds to each operation what its schemas don’t say: failures, headers and what isn’t JSON. */
export function complete(document: Document): Document {
  const responses: Record<string, OpenAPIV3_1.ResponseObject> = {}
  const paths = Object.entries(document.paths ?? {}).map(([path, item = {}]) => {
    const operations = methods.flatMap((method) => {
      const operation = item[method] as Operation | undefined
      return operation ? [[method, completed(method, operation)]] : []
    })
    return [path, { ...item, ...Object.fromEntries(operations) }]
  })
  return {
    ...document,
    paths: Object.fromEntries(paths),
    components: {
      ...document.components,
      ...headerComponents,
      schemas: namedSchemas(document.components?.schemas),
      responses: Object.fromEntries(Object.entries(responses).sort(([a], [b]) => (a < b ? -1 : 1))),
    },
  }

  function completed(method: string, { [ABOUT]: about, ...operation }: Operation): Operation {
    if (!about) return operation
    const face = about.tag === 'videos' ? videosFace : nativeFace
    const failures = failureResponses(failuresOf(method, operation, about), face)
    Object.assign(responses, failures.components)
    const parameters = [...(operation.parameters ?? []), ...requestHeaders(about.takes ?? [])]
    return {
      ...operation,
      ...(parameters.length > 0 && { parameters }),
      ...(operation.requestBody && { requestBody: body(operation.requestBody, about) }),
      responses: { ...successes(operation, about, document), ...failures.references },
    }
  }
}

/** A schema that has a name is only ever answered: the twins for requests are left out. */
function namedSchemas(schemas: NonNullable<Document['components']>['schemas'] = {}) {
  const named = Object.entries(schemas).filter(([name]) => !name.endsWith('Input'))
  // Else they stand as their modules happened to be loaded.
  return Object.fromEntries(named.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function successes(
  { responses = {} }: Operation,
  { returns = {}, probe }: About,
  document: Document,
): OpenAPIV3_1.ResponsesObject {
  const fromSchemas = Object.keys(responses).filter((status) => 'content' in (responses[status] ?? {}))
  const statuses = new Set([...fromSchemas, ...Object.keys(returns)])
  const entries = [...statuses].sort().map((status) => {
    const {
      description = meanings[status] ?? 'Answered',
      headers = [],
      content,
    } = returns[Number(status)] ?? {}
    const all = [...headers, ...(probe ? [] : rateLimitHeaders)]
    const own = content ?? (responses[status] as OpenAPIV3_1.ResponseObject | undefined)?.content
    const response = {
      description,
      ...(all.length > 0 && { headers: responseHeaders(all) }),
      ...(own && { content: withExample(own, document) }),
    }
    return [status, response]
  })
  return Object.fromEntries(entries)
}

/** Where an answer is of a schema with a name, that has the example. */
function withExample(
  content: NonNullable<OpenAPIV3_1.ResponseObject['content']>,
  { components }: Document,
): OpenAPIV3_1.ResponseObject['content'] {
  const { schema } = content['application/json'] ?? {}
  if (!schema || !('$ref' in schema)) return content
  const { examples } = components?.schemas?.[schema.$ref.split('/').at(-1) ?? ''] ?? {}
  return { ...content, 'application/json': { schema, example: examples?.[0] } }
}

/** A body that may be null may as well be missing. */
function body(
  requestBody: NonNullable<Operation['requestBody']>,
  { forms, formsOnly }: About,
): OpenAPIV3_1.RequestBodyObject {
  const { content } = requestBody as OpenAPIV3_1.RequestBodyObject
  const schema = content['application/json']?.schema as OpenAPIV3_1.SchemaObject | undefined
  const mayBeNull = schema?.anyOf?.some((each) => 'type' in each && each.type === 'null') ?? false
  return { required: !mayBeNull, content: { ...(!formsOnly && content), ...forms } }
}

function failuresOf(
  method: string,
  operation: Operation,
  { fails = [], security = [], probe }: About,
): ApiErrorCode[] {
  // A header that is there twice, or an address that is no UTF-8.
  const always = [...fails, 'invalid_request'] as const
  if (probe) return [...always]
  const names = operation.parameters?.some((parameter) => 'in' in parameter && parameter.in === 'path')
  return [
    ...always,
    ...(security.length > 0 ? (['unauthorized'] as const) : []),
    ...(security.includes('bearer') ? (['insufficient_scope'] as const) : []),
    ...(security.includes('account') ? (['forbidden'] as const) : []),
    ...(method === 'post' ? (['payload_too_large', 'unsupported_media_type'] as const) : []),
    ...(names ? (['uri_too_long'] as const) : []),
    'rate_limited',
    'overloaded',
    'unavailable',
    'storage_full',
    'internal',
  ]
}
