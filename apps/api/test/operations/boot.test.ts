import { once } from 'node:events'
import { join } from 'node:path'
import { guardedSpawn, stopProcess } from '@reelay/local-services/processes/guard'
import { freePort } from '@reelay/local-services/stores/free-port'
import { expect, onTestFinished, test, vi } from 'vitest'
import { buildTestApp } from '../support/test-app.ts'

const main = join(import.meta.dirname, '../../src/main.ts')
const account = { username: 'operator', password: 'Tq7-vexing-Marsh' }
const secret = '5f0d2c8e9b7a41636f0e7d5c4b3a2918'

test('a bad production environment ends the boot with every name and no value', async () => {
  const { child, output } = start({
    NODE_ENV: 'production',
    DATABASE_URL: 'canary',
    JWT_SECRET: 'canary-example',
    ADMIN_USERNAME: account.username,
    CORS_ORIGIN: '*',
    LOG_LEVEL: 'trace',
    TRUST_PROXY: 'canary',
    SORA_API_KEY: 'canary-change-me',
  })
  expect(await once(child, 'exit')).toEqual([1, null])
  for (const name of [
    'DATABASE_URL',
    'JWT_SECRET',
    'ADMIN_PASSWORD is missing',
    'CORS_ORIGIN',
    'LOG_LEVEL',
    'TRUST_PROXY',
    'SORA_API_KEY',
  ])
    expect(output()).toContain(`  ${name}`)
  expect(output()).not.toContain('canary')
})

test('two apis that start at once make the same admin', async () => {
  await using store = await buildTestApp()
  const ports = [await freePort(), await freePort()]
  for (const port of ports) {
    start({
      NODE_ENV: 'production',
      PORT: String(port),
      DATABASE_URL: store.config.database.url,
      REDIS_PREFIX: store.config.redis.prefix,
      SORA_API_KEY: 'sk-8f2b',
      JWT_SECRET: secret,
      ADMIN_USERNAME: account.username,
      ADMIN_PASSWORD: account.password,
    })
  }
  for (const port of ports) {
    const logIn = () =>
      fetch(`http://127.0.0.1:${port}/api/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(account),
      })
    await vi.waitFor(async () => expect((await logIn()).status).toBe(200), {
      interval: 1000,
    })
  }
  const rows = await store.db.execute('select role from users')
  expect(rows.map(({ role }) => role)).toEqual(['ADMIN'])
})

function start(env: Record<string, string>) {
  const child = guardedSpawn(process.execPath, [main], {
    env: {
      PATH: process.env.PATH,
      REDIS_URL: process.env.REDIS_URL,
      SORA_BASE_URL: 'https://upstream.test/v1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => stopProcess(child))
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
  return { child, output: () => text }
}
