import { defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { createPropagator } from '../../src/tracing/propagator.ts'
import { formatTraceparent, parseTraceparent } from '../../src/tracing/traceparent.ts'

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const headers = { traceparent, tracestate: 'vendor=canary', baggage: 'user=canary' }

test('what a client says of its trace is heard only where callers are trusted', () => {
  expect(heard(createPropagator({ trustsCallers: false }))).toBeUndefined()
  expect(heard(createPropagator({ trustsCallers: true }))).toBe(traceparent)
})

test('upstream is told a traceparent and nothing else', () => {
  const span = parseTraceparent(traceparent)
  const sent = {}
  const context = span ? trace.setSpanContext(ROOT_CONTEXT, span) : ROOT_CONTEXT
  createPropagator({ trustsCallers: true }).inject(context, sent, defaultTextMapSetter)
  expect(sent).toEqual({ traceparent })
})

test('where nothing is traced upstream is told nothing', () => {
  const sent = {}
  createPropagator({ trustsCallers: true }).inject(ROOT_CONTEXT, sent, defaultTextMapSetter)
  expect(sent).toEqual({})
})

function heard(propagator: ReturnType<typeof createPropagator>): string | undefined {
  const span = trace.getSpanContext(propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter))
  return span && formatTraceparent(span)
}
