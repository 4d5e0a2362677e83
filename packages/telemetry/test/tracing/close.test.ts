import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startCollector } from '@reelay/local-services/testing/collector'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { startTracing } from '../../src/tracing.ts'

test('what is left is sent at the end', async () => {
  await using collector = await startCollector()
  const tracing = await started(`${collector.url}/v1/traces`)
  await tracing.run({ name: 'last', kind: 'consumer', attributes: {} }, async () => {})
  expect(collector.spans()).toEqual([])
  await tracing.close()
  expect(collector.spans()).toMatchObject([{ name: 'last' }])
})

test('a collector that never answers is not waited for', async () => {
  const { promise: asked, resolve } = Promise.withResolvers<void>()
  const server = createServer(() => resolve())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const tracing = await started(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`)
  await tracing.run({ name: 'one', kind: 'consumer', attributes: {} }, async () => {})
  const closed = tracing.close()
  await asked
  await closed
})

function started(url: string) {
  const config = { serviceName: 'reelay-test', url, trustsCallers: false }
  return startTracing(config, { baseUrls: [], log: pino({ level: 'silent' }) })
}
