import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { openFeed } from '../support/feed-client.ts'
import { buildTestApp } from '../support/test-app.ts'

const good = 'https://app.test'
const api = await buildTestApp({ env: { CORS_ORIGIN: `${good}, http://localhost:5173` } })
afterAll(api.stop)
const user = await api.aUser()

const safe = {
  'content-security-policy': expect.stringMatching(/frame-ancestors 'none'/),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
}

test.each([
  ['an answer', '/health', 200],
  ['a missing token', '/api/video/tasks', 401],
  ['an address that is not there', '/nothing', 404],
])('%s carries safe headers and names the origin', async (_, url, status) => {
  const answer = await api.app.inject({ url, headers: { origin: good } })
  expect(answer.statusCode).toBe(status)
  expect(answer.headers).toMatchObject({ ...safe, 'access-control-allow-origin': good })
  expect(answer.headers.vary).toMatch(/\bOrigin\b/i)
})

test('a feed carries safe headers and names the origin', async () => {
  const feed = await openFeed(await api.listen(), { token: user.token, headers: { origin: good } })
  expect(feed.status).toBe(200)
  expect(feed.headers).toMatchObject({ ...safe, 'access-control-allow-origin': good })
  expect(feed.headers.vary).toMatch(/\bOrigin\b/i)
})

test.each(['/%', `/api/video/tasks/${'x'.repeat(200)}`])('%.20s is refused and not sniffed', async (url) => {
  const answer = await api.app.inject({ url, headers: { authorization: `Bearer ${user.token}` } })
  expect(answer.json().success).toBe(false)
  expect(answer.headers['x-content-type-options']).toBe('nosniff')
})

describe('a page', () => {
  test.each([
    'null',
    'https://app.test.evil.example',
    'https://evil-app.test',
    'http://app.test',
    'https://app.test:444',
    '*',
  ])('of the origin %s is not let in', async (origin) => {
    for (const method of ['GET', 'OPTIONS'] as const) {
      const headers = { origin, 'access-control-request-method': 'POST' }
      const answer = await api.app.inject({ method, url: '/api/video/tasks', headers })
      expect(answer.headers['access-control-allow-origin']).toBeUndefined()
      expect(answer.headers.vary).toMatch(/\bOrigin\b/i)
    }
  })

  test.each([good, 'http://localhost:5173'])('of the origin %s may send what it needs', async (origin) => {
    const answer = await api.app.inject({
      method: 'OPTIONS',
      url: '/api/video/tasks',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,idempotency-key',
      },
    })
    expect(answer.statusCode).toBe(204)
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-headers': 'authorization,content-type,idempotency-key',
    })
    expect(answer.headers['access-control-allow-methods']).toContain('POST')
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined()
  })

  test('of any origin comes in without credentials where all may', async () => {
    await using open = await buildTestApp({ env: { CORS_ORIGIN: '*' } })
    const answer = await open.app.inject({ url: '/health', headers: { origin: 'https://any.example' } })
    expect(answer.headers['access-control-allow-origin']).toBe('*')
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined()
  })

  test('of another origin comes in nowhere by default', async () => {
    await using closed = await buildTestApp()
    const answer = await closed.app.inject({ url: '/health', headers: { origin: good } })
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  })
})

test('a process that has just started turns nobody away', async () => {
  await using starting = await buildTestApp({ env: { SHED_AT_DELAY_MS: '100' } })
  block(1500)
  const address = await starting.app.listen({ port: 0 })
  expect((await fetch(`${address}/nothing`)).status).toBe(404)
})

test('a drowning process turns away all but probes', async () => {
  await using busy = await buildTestApp({ env: { SHED_AT_DELAY_MS: '100' } })
  await busy.app.ready()
  const until = performance.now() + 120_000
  let shed = await busy.app.inject('/api/video/tasks')
  while (shed.statusCode !== 503 && performance.now() < until) {
    block(250)
    await nextTurn()
    shed = await busy.app.inject('/api/video/tasks')
  }
  expect(shed.json()).toMatchObject({
    success: false,
    code: 'overloaded',
    error: 'Too busy right now, please try again',
  })
  expect(shed.headers['retry-after']).toMatch(/^[1-9]\d*$/)
  expect((await busy.app.inject('/health')).statusCode).toBe(200)
  await expect.poll(async () => (await busy.app.inject('/nothing')).statusCode).toBe(404)
})

function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}
