import { type Attributes as AnyAttributes, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node'
import { attributeNames } from './attributes.ts'

/** A name, a route, an id or a host: what people write has spaces, and what signs a link is longer. */
const harmless = /^[\w.:/@*(){}[\]-]{1,200}$/

/**
 * The span with what it may say and nothing else. Libraries put addresses with their query, headers, and messages of
 * errors into spans, and any of these may hold a token, a signed link or a prompt.
 */
export function scrubbed(span: ReadableSpan): ReadableSpan {
  return {
    name: nameOf(span),
    kind: span.kind,
    spanContext: () => span.spanContext(),
    ...(span.parentSpanContext && { parentSpanContext: span.parentSpanContext }),
    startTime: span.startTime,
    endTime: span.endTime,
    duration: span.duration,
    ended: span.ended,
    status: { code: statusOf(span) },
    attributes: allowed(span.attributes),
    links: span.links.map(({ context }) => ({ context })),
    events: [],
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}

/** What @fastify/otel says of a handler, the span of its request says better. */
const isHandler = ({ name }: ReadableSpan) => name.startsWith('handler - ')

/** Libraries name a request by its method at most, or not at all. */
function nameOf(span: ReadableSpan): string {
  const { name, attributes } = span
  if (isHandler(span)) return 'handler'
  const { 'http.request.method': method, 'http.route': route } = allowed(attributes)
  return method === undefined ? name : [method, route].filter((part) => part !== undefined).join(' ')
}

/** A request that we refuse is no error of ours. */
function statusOf(span: ReadableSpan): SpanStatusCode {
  const answered = Number(span.attributes['http.response.status_code'])
  const isRefused = span.kind === SpanKind.SERVER && answered < 500
  return isRefused || isHandler(span) ? SpanStatusCode.UNSET : span.status.code
}

function allowed(attributes: AnyAttributes): AnyAttributes {
  const kept = attributeNames.flatMap((name) => {
    const value = attributes[name]
    const isKept = typeof value === 'number' || (typeof value === 'string' && harmless.test(value))
    return isKept ? [[name, value] as const] : []
  })
  return Object.fromEntries(kept)
}
