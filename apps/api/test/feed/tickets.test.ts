import { startRedis } from '@reelay/local-services/stores/services'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openBeforeExpiry, openFeed } from '../support/feed-client.ts'
import { aFolder } from '../support/folder.ts'
import { buildTestApp, SECRET, type TestUser } from '../support/test-app.ts'

test('a ticket opens one feed, at any process', async () => {
  await using one = await buildTestApp()
  await using two = await buildTestApp({
    env: { DATABASE_URL: one.config.database.url, REDIS_PREFIX: one.config.redis.prefix, JWT_SECRET: SECRET },
  })
  const user = await one.aUser()
  const { videoId } = await one.aTask(user)
  const before = Date.now()
  const { ticket, expiresAt } = await aTicket(user)
  expect(expiresAt).toBeGreaterThanOrEqual(before + 60_000)
  expect(expiresAt).toBeLessThanOrEqual(Date.now() + 60_000)

  const feed = await openFeed(await two.listen(), { query: { ticket } })
  expect(feed.status).toBe(200)
  await feed.heard(videoId)
  for (const api of [one, two]) {
    expect((await openFeed(await api.listen(), { query: { ticket } })).status).toBe(401)
  }
})

test('a ticket needs no body, whatever its type is said to be', async () => {
  await using api = await buildTestApp()
  const user = await api.aUser()
  const answer = await user.post('/api/sse/tickets', '', { 'content-type': 'application/json' })
  expect(answer.statusCode).toBe(200)
})

test('of twenty who come with one ticket one is let in', async () => {
  await using api = await buildTestApp()
  const { ticket } = await aTicket(await api.aUser())
  const origin = await api.listen()
  const feeds = await Promise.all(Array.from({ length: 20 }, () => openFeed(origin, { query: { ticket } })))
  const statuses = feeds.map(({ status }) => status).sort()
  expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 401)])
})

test('a ticket is good for nothing else, and nothing else is a ticket', async () => {
  await using api = await buildTestApp()
  const user = await api.aUser()
  const { ticket } = await aTicket(user)
  const origin = await api.listen()
  const listed = (headers: Record<string, string>) =>
    api.app.inject({ url: `/api/video/tasks?ticket=${ticket}&token=${user.token}`, headers })
  expect((await listed({})).statusCode).toBe(401)
  expect((await listed({ authorization: `Bearer ${ticket}` })).statusCode).toBe(401)
  expect((await openFeed(origin, { query: { token: ticket } })).status).toBe(401)
  expect((await openFeed(origin, { query: { ticket: user.token.slice(0, 100) } })).status).toBe(401)
  expect((await openFeed(origin, { query: { ticket: '' } })).status).toBe(401)
  expect((await api.app.inject({ method: 'POST', url: '/api/sse/tickets' })).statusCode).toBe(401)
  expect((await openFeed(origin, { query: { ticket } })).status).toBe(200)
})

test('a ticket expires, and Redis holds nothing that opens a feed', async () => {
  await using api = await buildTestApp()
  const user = await api.aUser()
  const { ticket } = await aTicket(user)
  const [key, ...more] = await api.redis.keys(`{${api.config.redis.prefix}}:ticket:*`)
  expect(more).toEqual([])
  expect(key).not.toContain(ticket)
  const value = await api.redis.get(key ?? '')
  expect(JSON.parse(value ?? '')).toEqual({ userId: user.id, tokenExpiresAt: expect.any(Number) })
  const ttl = await api.redis.pttl(key ?? '')
  expect(ttl).toBeGreaterThan(0)
  expect(ttl).toBeLessThanOrEqual(60_000)
  await api.redis.pexpire(key ?? '', 1)
  await vi.waitFor(async () => expect(await api.redis.exists(key ?? '')).toBe(0))
  expect((await openFeed(await api.listen(), { query: { ticket } })).status).toBe(401)
})

test('a feed by ticket ends with the token it came from', async () => {
  await using api = await buildTestApp({ env: { SSE_HEARTBEAT_MS: '200' } })
  let endsAt = 0
  const feed = await openBeforeExpiry(async (seconds) => {
    const { ticket, expiresAt } = await aTicket(await api.aUser({ expiresIn: `${seconds}s` }))
    expect(expiresAt).toBeLessThanOrEqual(Date.now() + 1000 * seconds)
    endsAt = expiresAt
    return openFeed(await api.listen(), { query: { ticket } })
  })
  expect(await feed.end()).toBe('ended')
  expect(Date.now()).toBeGreaterThanOrEqual(endsAt - 1000)
})

test('without Redis tickets are 503 and tokens still open feeds', async () => {
  const redis = await startRedis({ dir: aFolder() })
  onTestFinished(redis.stop)
  await using api = await buildTestApp({ env: { REDIS_URL: redis.url } })
  const user = await api.aUser()
  await vi.waitFor(async () => expect(await api.redis.ping()).toBe('PONG'))
  const { ticket } = await aTicket(user)
  const { videoId } = await api.aTask(user)
  await redis.stop()

  const refused = await user.post('/api/sse/tickets', {})
  expect(refused.statusCode).toBe(503)
  expect(refused.json().code).toBe('unavailable')
  expect(refused.headers['retry-after']).toBeDefined()
  const origin = await api.listen()
  expect((await openFeed(origin, { query: { ticket } })).status).toBe(503)
  const feed = await openFeed(origin, { query: { token: user.token } })
  await feed.heard(videoId)
})

async function aTicket(user: TestUser): Promise<{ ticket: string; expiresAt: number }> {
  const answer = await user.post('/api/sse/tickets', {})
  expect(answer.statusCode).toBe(200)
  return answer.json().data
}
