import { expect, test } from 'vitest'
import { z } from 'zod'
import { parseEnvironment } from '../src/environment.ts'
import { tracingConfigOf, tracingEnvironment } from '../src/tracing-environment.ts'

const collector = 'http://collector:4318'
const read = (env: Record<string, string>) =>
  tracingConfigOf(parseEnvironment(z.object(tracingEnvironment), env), 'worker')

test.each([
  [{}],
  [{ OTEL_SERVICE_NAME: 'reelay' }],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_SDK_DISABLED: 'True' }],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_TRACES_EXPORTER: 'none' }],
])('%j means no traces', (env) => {
  expect(read(env)).toBeUndefined()
})

test('traces go below the collector’s address, under the name of the process', () => {
  const config = { serviceName: 'reelay-worker', url: `${collector}/v1/traces`, trustsCallers: false }
  expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: collector })).toEqual(config)
  expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: `${collector}/`, OTEL_TRACES_EXPORTER: 'otlp' })).toEqual(config)
})

test('the address of traces is taken as it is, and before the other', () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector}/t` }
  expect(read({ ...env, OTEL_SERVICE_NAME: 'mine' })).toMatchObject({
    url: `${collector}/t`,
    serviceName: 'mine',
  })
})

test.each([
  ['tracecontext,baggage', true],
  ['baggage', false],
])('with the propagators %s callers are trusted: %s', (OTEL_PROPAGATORS, trustsCallers) => {
  expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_PROPAGATORS })).toMatchObject({ trustsCallers })
})

test('an address that is none is a problem that names its variable', () => {
  expect(() => read({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' })).toThrow('OTEL_EXPORTER_OTLP_ENDPOINT')
})
