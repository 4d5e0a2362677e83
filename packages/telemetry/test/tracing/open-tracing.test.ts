import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { firstCredential } from '@reelay/contracts/credential'
import { startCollector } from '@reelay/local-services/testing/collector'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createTraceCall } from '../../src/tracing/watch-work.ts'
import { type NewSpan, startTracing, type Tracing } from '../../src/tracing.ts'

const kept = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const notKept = `${kept.slice(0, -2)}00`
const heard: IncomingHttpHeaders[] = []

let collector: Awaited<ReturnType<typeof startCollector>>
let upstream: string
let stranger: string
let tracing: Tracing

beforeAll(async () => {
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '50')
  collector = await startCollector()
  upstream = await aServer()
  stranger = await aServer()
  tracing = await startTracing(
    { serviceName: 'reelay-test', url: `${collector.url}/v1/traces`, trustsCallers: false },
    { baseUrls: [`${upstream}/v1`], log: pino({ level: 'silent' }) },
  )
})
afterAll(async () => {
  await tracing.close()
  await collector[Symbol.asyncDispose]()
})

test('a span that was asked for elsewhere is part of that trace', async () => {
  await tracing.run(aSpan('part', { traceparent: kept, as: 'parent' }), async () => {})
  expect(await sent('part')).toMatchObject({
    service: 'reelay-test',
    traceId: kept.split('-')[1],
    parentSpanId: kept.split('-')[2],
    kind: 5,
    links: [],
  })
})

test('a span that is only linked has a trace of its own', async () => {
  await tracing.run(aSpan('linked', { traceparent: kept, as: 'link' }), async () => {})
  const span = await sent('linked')
  expect(span?.traceId).not.toBe(kept.split('-')[1])
  expect(span?.links).toMatchObject([{ traceId: kept.split('-')[1], spanId: kept.split('-')[2] }])
})

test.each(['parent', 'link'] as const)('of a trace that is not kept, a %s sends nothing', async (as) => {
  await tracing.run(aSpan(`dropped ${as}`, { traceparent: notKept, as }), async () => {
    expect(tracing.traceparent()).toMatch(/-00$/)
    await tracing.run(aSpan('dropped within'), async () => {})
  })
  await tracing.run(aSpan(`after ${as}`), async () => {})
  await sent(`after ${as}`)
  expect(collector.spans().filter(({ name }) => name.startsWith('dropped'))).toEqual([])
})

test('a span within another is part of it, and says what is noted', async () => {
  await tracing.run(aSpan('outer'), () =>
    tracing.run(aSpan('inner'), async () => tracing.note({ 'reelay.outcome': 'created' })),
  )
  const [outer, inner] = [await sent('outer'), await sent('inner')]
  expect(inner).toMatchObject({
    traceId: outer?.traceId,
    parentSpanId: outer?.spanId,
    attributes: { 'reelay.attempt': 1, 'reelay.outcome': 'created' },
  })
})

test('a call of which nothing is told was not asked of upstream', async () => {
  const call = { operation: 'submit', credential: firstCredential }
  await createTraceCall(tracing)(call, async () => {})
  expect(await sent('upstream submit')).toMatchObject({ attributes: { 'reelay.outcome': 'not_asked' } })
})

test('a span that throws tells the kind of error and not its message', async () => {
  const failing = tracing.run(aSpan('failing'), () => Promise.reject(new RangeError('canary')))
  await expect(failing).rejects.toThrow('canary')
  expect(await sent('failing')).toMatchObject({ attributes: { 'error.type': 'RangeError' } })
  expect(collector.received()).not.toContain('canary')
})

test('upstream is told which span asks, and nobody else is', async () => {
  await tracing.run(aSpan('asking'), async () => {
    await fetch(`${upstream}/v1/videos?token=canary`)
    await fetch(`${stranger}/picture`)
  })
  const asking = await sent('asking')
  const ask = collector.spans().find(({ parentSpanId }) => parentSpanId === asking?.spanId)
  expect(ask).toMatchObject({ name: 'GET', attributes: { 'http.response.status_code': 200 } })
  expect(heard.map(({ traceparent }) => traceparent)).toEqual([
    `00-${asking?.traceId}-${ask?.spanId}-01`,
    undefined,
  ])
  expect(collector.received()).not.toContain('canary')
})

test('a request that no span asks for is none', async () => {
  const before = collector.spans().length
  await fetch(`${upstream}/v1/videos`)
  await tracing.run(aSpan('next'), async () => {})
  await sent('next')
  expect(collector.spans().length).toBe(before + 1)
})

function aSpan(name: string, origin?: NewSpan['origin']): NewSpan {
  return { name, kind: 'consumer', attributes: { 'reelay.attempt': 1 }, ...(origin && { origin }) }
}

async function sent(name: string) {
  const find = () => collector.spans().find((span) => span.name === name)
  await expect.poll(find).toBeDefined()
  return find()
}

async function aServer(): Promise<string> {
  const server = createServer((request, response) => {
    heard.push(request.headers)
    response.end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
