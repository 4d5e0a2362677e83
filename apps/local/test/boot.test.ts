import { once } from 'node:events'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { guardedSpawn, stopProcess } from '@reelay/local-services/processes/guard'
import { freePort } from '@reelay/local-services/stores/free-port'
import { startRedis } from '@reelay/local-services/stores/services'
import { aFolder } from '@reelay/local-services/testing/a-folder'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'

const apps = join(import.meta.dirname, '../..')

const both = ['api', 'worker'] as const

test('in production neither process starts on a Redis that evicts', async () => {
  const { url } = await anEvictingRedis()
  await forBoth(async (app) => {
    const child = await start(app, { REDIS_URL: url, NODE_ENV: 'production' })
    const [output, [code]] = await Promise.all([text(child.output), once(child, 'exit')])
    expect(code).toBe(1)
    expect(output).toContain(`${app} not started`)
    expect(output).toContain('Set it to noeviction')
  })
})

test('in development both processes start on a Redis that evicts', async () => {
  const { url } = await anEvictingRedis()
  await forBoth(async (app) => {
    const child = await start(app, { REDIS_URL: url })
    await expect.poll(() => statusOf(child.health)).toBe(200)
  })
})

test('without their stores both processes are alive and not ready', async () => {
  const nowhere = { REDIS_URL: 'redis://127.0.0.1:1', DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }
  await forBoth(async (app) => {
    const child = await start(app, nowhere)
    await expect.poll(() => statusOf(child.health)).toBe(200)
    expect(await statusOf(`${child.health}/ready`)).toBe(503)
  })
})

test('a stopping api is unready and serves until its delay is over', async () => {
  const child = await start('api', { STOP_DELAY_MS: '15000' })
  await expect.poll(() => statusOf(child.health)).toBe(200)
  child.kill('SIGTERM')
  const exited = once(child, 'exit')
  await expect.poll(async () => (await ready(child.health)).stopping).toBe(true)
  expect(await statusOf(`${child.health}/ready`)).toBe(503)
  expect(await statusOf(child.health)).toBe(200)
  expect(await exited).toEqual([0, null])
})

async function forBoth(check: (app: (typeof both)[number]) => Promise<void>): Promise<void> {
  await Promise.all(both.map(check))
}

async function start(app: 'api' | 'worker', env: Record<string, string>) {
  const port = String(await freePort())
  const child = guardedSpawn(process.execPath, [join(apps, app, 'src/main.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      NODE_ENV: 'development',
      JWT_SECRET: 'f4b7c1d09a6e4a2e8c53b1d7e0f9a864',
      SORA_BASE_URL: 'http://127.0.0.1:1/v1',
      SORA_API_KEY: 'sk-test',
      PORT: port,
      WORKER_PORT: port,
      MEDIA_DIR: aFolder(),
      ...env,
    },
  })
  const output = new PassThrough()
  child.stdout?.pipe(output)
  output.resume()
  onTestFinished(() => stopProcess(child, { signal: 'SIGKILL' }))
  return Object.assign(child, { output, health: `http://127.0.0.1:${port}/health` })
}

async function statusOf(url: string): Promise<number | undefined> {
  const answer = await fetch(url).catch(() => undefined)
  await answer?.body?.cancel()
  return answer?.status
}

async function ready(health: string): Promise<{ stopping?: boolean }> {
  const answer = await fetch(`${health}/ready`).catch(() => undefined)
  return answer ? ((await answer.json()) as { data: { stopping: boolean } }).data : {}
}

async function anEvictingRedis() {
  const redis = await startRedis({ dir: aFolder() })
  onTestFinished(() => redis.stop())
  const client = new Redis(redis.url)
  await client.config('SET', 'maxmemory-policy', 'allkeys-lru')
  client.disconnect()
  return redis
}
