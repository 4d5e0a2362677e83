import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { expect, test } from 'vitest'
import { scrubbed } from '../../src/tracing/scrub.ts'

const secret = 'a canary in the snow'

test('a span keeps the attributes on the list, and nothing that reads like a text', () => {
  const { attributes } = scrubbed(
    aSpan('request', {
      'http.request.method': 'POST',
      'http.route': '/api/video/tasks/:videoId/remix',
      'http.response.status_code': 202,
      'reelay.credential': 'azure-eu/main',
      'reelay.outcome': secret,
      'server.address': `${'a'.repeat(300)}.example.com`,
      'url.path': '/api/sse/task-updates?token=abc',
      'url.full': 'https://store.example/clip.mp4?X-Amz-Signature=abc',
      'url.query': '?ticket=abc',
      'http.request.header.authorization': 'Bearer abc',
      'user_agent.original': 'curl',
    }),
  )
  expect(attributes).toEqual({
    'http.request.method': 'POST',
    'http.route': '/api/video/tasks/:videoId/remix',
    'http.response.status_code': 202,
    'reelay.credential': 'azure-eu/main',
  })
})

test.each([
  ['request', { 'http.request.method': 'GET', 'http.route': '/v1/videos/:id' }, 'GET /v1/videos/:id'],
  ['request', { 'http.request.method': 'GET' }, 'GET'],
  ['GET', { 'http.request.method': 'GET', 'url.full': 'https://h/p?q' }, 'GET'],
  ['handler - remix', { 'http.route': '/v1/videos' }, 'handler'],
  ['upstream submit', {}, 'upstream submit'],
])('a span named %s with %j is called %3$s', (name, attributes, called) => {
  expect(scrubbed(aSpan(name, attributes)).name).toBe(called)
})

test('errors, events and links keep no words', () => {
  const span = scrubbed(
    aSpan('GET', {}, (started) => {
      started.recordException(new Error(secret))
      started.setStatus({ code: SpanStatusCode.ERROR, message: secret })
      started.addEvent(secret, { secret })
      started.addLink({ context: started.spanContext(), attributes: { secret } })
    }),
  )
  expect(span).toMatchObject({ status: { code: SpanStatusCode.ERROR }, events: [] })
  expect(span.links).toHaveLength(1)
  expect(JSON.stringify(span)).not.toContain('canary')
})

test.each([
  [SpanKind.SERVER, 404, SpanStatusCode.UNSET],
  [SpanKind.SERVER, 503, SpanStatusCode.ERROR],
  [SpanKind.CLIENT, 404, SpanStatusCode.ERROR],
])('a request of kind %i that is answered %i has the status %i', (kind, answered, status) => {
  const span = aSpan(
    'request',
    { 'http.response.status_code': answered },
    (started) => started.setStatus({ code: SpanStatusCode.ERROR, message: secret }),
    kind,
  )
  expect(scrubbed(span).status).toEqual({ code: status })
})

type Started = ReturnType<ReturnType<NodeTracerProvider['getTracer']>['startSpan']>

function aSpan(
  name: string,
  attributes: Record<string, string | number>,
  then: (span: Started) => void = () => {},
  kind = SpanKind.CLIENT,
) {
  const kept = new InMemorySpanExporter()
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({}),
    spanProcessors: [new SimpleSpanProcessor(kept)],
  })
  const span = provider.getTracer('test').startSpan(name, { attributes, kind })
  then(span)
  span.end()
  const [ended] = kept.getFinishedSpans()
  if (!ended) throw new Error('no span has ended')
  return ended
}
