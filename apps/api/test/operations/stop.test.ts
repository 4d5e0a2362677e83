import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { freePort } from '@reelay/local-services/stores/free-port'
import { startRedis } from '@reelay/local-services/stores/services'
import { expect, onTestFinished, test, vi } from 'vitest'
import { aListeningApi, aSocket, startApi } from '../support/api-process.ts'
import { openFeed } from '../support/feed-client.ts'
import { aFolder } from '../support/folder.ts'
import { aPostgres } from '../support/postgres.ts'
import { buildTestApp, type TestApp } from '../support/test-app.ts'

/** The longest there is: the test would be over before. */
const FOR_EVER_MS = '60000'

test('a remix that waits for its acceptance is answered at once when the api stops', async () => {
  await using store = await buildTestApp()
  const api = await anApiOf(store, { REMIX_ACCEPT_WAIT_MS: FOR_EVER_MS })
  const { token, remix } = await aSource(store)
  const waiting = await aSocket(api, remix)
  await vi.waitFor(async () => expect(await store.jobs()).toHaveLength(1))

  api.child.kill('SIGTERM')
  const answer = await waiting.closed
  expect(answer).toMatch(/^HTTP\/1\.1 202 /)
  expect(answer).toMatch(/\r\nconnection: close\r\n/i)
  expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '').data.status).toBe('queued')
  expect(await api.ended).toEqual([0, null])
  expect(api.output()).not.toContain('connections cut')
  expect(api.output()).not.toContain(token)
})

test('each of several requests that one connection sent at once is answered', async () => {
  await using store = await buildTestApp()
  const api = await anApiOf(store, { REMIX_ACCEPT_WAIT_MS: FOR_EVER_MS })
  const { remix } = await aSource(store)
  const waiting = await aSocket(api, `${remix}GET /health HTTP/1.1\r\nhost: api\r\n\r\n`)
  await vi.waitFor(async () => expect(await store.jobs()).toHaveLength(1))

  api.child.kill('SIGTERM')
  expect((await waiting.closed).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 202', 'HTTP/1.1 200'])
  expect(await api.ended).toEqual([0, null])
})

test('nobody who says nothing, or half of it, keeps the api from stopping', async () => {
  await using store = await buildTestApp()
  const api = await anApiOf(store)
  const { remix } = await aSource(store)
  const clients = [
    await aSocket(api),
    await aSocket(api, 'GET /health HTTP/1.1\r\nhost: a'),
    await aSocket(api, remix.slice(0, -5)),
  ]
  const idle = await aSocket(api, 'GET /health HTTP/1.1\r\nhost: api\r\n\r\n')
  await idle.hears('alive')

  api.child.kill('SIGTERM')
  expect(await api.ended).toEqual([0, null])
  // Cut by the api, not by the end of the process.
  expect(api.output()).toContain('"open":3,"msg":"connections cut"')
  await Promise.all([...clients, idle].map(({ closed }) => closed))
})

test('feeds end and a clip under way is cut when the api stops', async () => {
  const upstream = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': '500000000' })
    response.write('\0 the first bytes')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => upstream.closeAllConnections())
  onTestFinished(() => void upstream.close())
  await using store = await buildTestApp()
  const api = await anApiOf(store, {
    SORA_BASE_URL: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`,
  })
  const { user, source } = await aSource(store)
  const feed = await openFeed(api.origin, user)
  const link = (await (
    await fetch(`${api.origin}/api/video/tasks/${source.videoId}/content`, {
      headers: { authorization: `Bearer ${user.token}` },
    })
  ).json()) as { data: { url: string } }
  const clip = await aSocket(api, `GET ${link.data.url} HTTP/1.1\r\nhost: api\r\n\r\n`)
  await clip.hears('the first bytes')

  api.child.kill('SIGTERM')
  expect(await feed.end()).toBe('ended')
  expect(await api.ended).toEqual([0, null])
  expect(await clip.closed).toMatch(/the first bytes$/)
})

test('whoever waits for a frozen Postgres is told so when the api stops', async () => {
  const postgres = await aPostgres()
  const api = await aListeningApi({ env: { DATABASE_URL: postgres.url } })
  await vi.waitFor(async () => expect((await fetch(`${api.origin}/health/ready`)).ok).toBe(true))
  postgres.freeze()
  const login = JSON.stringify({ username: 'somebody', password: 'a long password' })
  const waiting = await aSocket(api, post('/api/auth/login', login))
  const probe = await aSocket(api, 'GET /health HTTP/1.1\r\nhost: api\r\n\r\n')
  await probe.hears('alive')

  api.child.kill('SIGTERM')
  expect(await waiting.closed).toMatch(/^HTTP\/1\.1 503 .*\r\nconnection: close\r\n/is)
  expect(await api.ended).toEqual([0, null])
  postgres.thaw()
})

test('a frozen Redis holds nothing up', async () => {
  const redis = await startRedis({ dir: aFolder() })
  onTestFinished(() => redis.stop())
  await using store = await buildTestApp()
  const api = await anApiOf(store, { REDIS_URL: redis.url })
  const { remix } = await aSource(store)
  await vi.waitFor(async () => {
    const ready = await (await fetch(`${api.origin}/health/ready`)).json()
    expect(ready).toMatchObject({ data: { redis: 'ok' } })
  })
  redis.freeze()
  const waiting = await aSocket(api, remix)
  await vi.waitFor(async () => expect((await store.counts()).rows).toBe(2))

  api.child.kill('SIGTERM')
  expect(await waiting.closed).toMatch(/^HTTP\/1\.1 202 /)
  expect(await api.ended).toEqual([0, null])
  redis.thaw()
})

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s while the api starts ends it', async (signal) => {
  const nowhere = `127.0.0.1:${await freePort()}`
  const api = startApi(await freePort(), {
    env: { DATABASE_URL: `postgres://${nowhere}/none`, REDIS_URL: `redis://${nowhere}` },
  })
  await api.says('redis unavailable')
  api.child.kill(signal)
  expect(await api.ended).toEqual([0, null])
})

test('a second signal ends the api at once', async () => {
  await using store = await buildTestApp()
  const api = await anApiOf(store, { STOP_DELAY_MS: FOR_EVER_MS })
  api.child.kill('SIGTERM')
  await api.says('api stopping')
  const during = await fetch(`${api.origin}/health/ready`)
  expect([during.status, during.headers.get('connection')]).toEqual([503, 'close'])
  api.child.kill('SIGTERM')
  expect(await api.ended).toEqual([1, null])
})

async function anApiOf({ config }: TestApp, env: Record<string, string> = {}) {
  const { database, redis } = config
  return aListeningApi({ env: { DATABASE_URL: database.url, REDIS_PREFIX: redis.prefix, ...env } })
}

/** A user's finished video, and the bytes of a request that remixes it. */
async function aSource(store: TestApp) {
  const user = await store.aUser()
  const source = await store.aTask(user, { status: 'COMPLETED' })
  const path = `/api/video/tasks/${source.videoId}/remix`
  const remix = post(path, '{"prompt":"a dog"}', [`authorization: Bearer ${user.token}`])
  return { user, token: user.token, source, remix }
}

function post(path: string, body: string, headers: string[] = []): string {
  const head = [`POST ${path} HTTP/1.1`, 'host: api', 'content-type: application/json', ...headers]
  return [...head, `content-length: ${body.length}`, '', body].join('\r\n')
}
