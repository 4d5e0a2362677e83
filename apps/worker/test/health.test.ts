import type { AddressInfo } from 'node:net'
import { Gauge, Registry } from 'prom-client'
import { expect, onTestFinished, test } from 'vitest'
import { serveHealth } from '../src/health.ts'
import { aWorker } from './a-worker.ts'

test('figures that can’t be read end nothing', async () => {
  const registry = new Registry()
  const collect = () => Promise.reject(new Error('no descriptor left'))
  new Gauge({ name: 'broken', help: 'Broken', registers: [registry], collect })
  const notReady = () => Promise.reject(new Error('no descriptor left'))
  const guard = { isProduction: false }
  const server = await serveHealth({ port: 0, host: '127.0.0.1' }, { notReady, registry, guard })
  onTestFinished(() => void server.close())

  const { port } = server.address() as AddressInfo
  const statusOf = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status
  expect(await statusOf('/metrics')).toBe(500)
  expect(await statusOf('/health/ready')).toBe(500)
  expect(await statusOf('/health')).toBe(200)
})

test('a worker whose work cannot start says why', async () => {
  await using stack = await aWorker(
    {},
    {
      wrap: (name, part) => {
        if (name === 'findEarlierVideo') throw new Error('a mistake of ours')
        return part
      },
    },
  )
  await expect(stack.worker.started).rejects.toThrow('a mistake of ours')
})
