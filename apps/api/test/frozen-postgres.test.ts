import { expect, test, vi } from 'vitest'
import { openFeed } from './feed-client.ts'
import { aPostgres } from './postgres.ts'
import { buildTestApp, type Headers } from './test-app.ts'

/** Longer than one query may take, and shorter than two. */
const IN_TIME_MS = 4500

const account = { username: 'somebody', password: 'a long password', email: 'somebody@example.org' }

test('while Postgres is frozen every request is answered in time', async () => {
  const postgres = await aPostgres()
  await using api = await buildTestApp({ env: { DATABASE_URL: postgres.url } })
  const origin = await api.listen()
  const user = await api.aUser()
  await api.app.inject({ method: 'POST', url: '/api/auth/register', payload: account })
  const source = await api.aTask(user, { status: 'COMPLETED' })
  const failed = await api.aTask(user, { status: 'FAILED' })
  const self = `/api/video/tasks/${source.videoId}`

  const { username, password } = account
  const requests: [string, () => ReturnType<typeof user.get>][] = [
    ['a task', () => user.get(self)],
    ['a list', () => user.get('/api/video/tasks')],
    ['a lineage', () => user.get(`${self}/lineage`)],
    ['a remix', () => user.post(`${self}/remix`, { prompt: 'a dog' })],
    ['a create', () => user.post('/api/video/tasks', { prompt: 'a cat' })],
    ['a create with a key', () => user.post('/api/video/tasks', { prompt: 'a cat', clientRequestId: 'key' })],
    ['a re-send', () => user.post('/api/video/tasks', { prompt: 'a cow' }, resent)],
    ['a retry', () => user.post(`/api/video/tasks/${failed.videoId}/retry`, {})],
    ['a cancel', () => user.post(`${self}/cancel`, {})],
    ['a feed of one task', () => user.get(`/api/sse/task-updates?videoId=${source.videoId}`)],
    ['a login', () => user.post('/api/auth/login', { username, password })],
    ['the readiness', () => user.get('/health/ready')],
  ]

  postgres.freeze()
  await Promise.all(
    requests.map(async ([name, request]) => {
      const startedAt = performance.now()
      const answer = await request()
      expect(performance.now() - startedAt, name).toBeLessThan(IN_TIME_MS)
      expect(answer.statusCode, name).toBe(503)
      if (name === 'the readiness') return
      expect(answer.headers['retry-after'], name).toMatch(/^[1-9]\d*$/)
      expect(answer.json(), name).toMatchObject({ success: false, code: 'unavailable' })
    }),
  )
  expect((await user.get('/health')).statusCode).toBe(200)

  postgres.thaw()
  for (const [name, request] of requests.filter(([name]) => name !== 'a feed of one task')) {
    await vi.waitFor(async () => expect((await request()).statusCode, name).not.toBe(503), 10_000)
  }
  const feed = await openFeed(origin, { ...user, query: { videoId: source.videoId } })
  expect(await feed.heard(source.videoId)).toMatchObject({ payload: { status: 'COMPLETED' } })
  // One attempt, however many of its retries were told to try again.
  expect((await api.row(failed.videoId)).attempt).toBe(2)
})

test('a feed that Postgres kept waiting ends so that it comes back', async () => {
  const postgres = await aPostgres()
  await using api = await buildTestApp({ env: { DATABASE_URL: postgres.url } })
  const origin = await api.listen()
  const user = await api.aUser()
  const { videoId } = await api.aTask(user)

  postgres.freeze()
  const startedAt = performance.now()
  const feed = await openFeed(origin, user)
  expect(await feed.end()).toBe('ended')
  expect(performance.now() - startedAt).toBeLessThan(IN_TIME_MS)
  expect(feed.updates()).toEqual([])
  expect(feed.status === 503 || (feed.retries[0] ?? 0) >= 1000).toBe(true)

  postgres.thaw()
  await vi.waitFor(async () => {
    const again = await openFeed(origin, user)
    await again.heard(videoId, undefined, 2000)
  }, 15_000)
})

test('a limit of tasks makes no request wait twice', async () => {
  const postgres = await aPostgres()
  const env = { DATABASE_URL: postgres.url, MAX_UNFINISHED_PER_USER: '2' }
  await using api = await buildTestApp({ env })
  const user = await api.aUser()
  await api.aTask(user)

  postgres.freeze()
  const sends: [object, Headers][] = [
    [{ prompt: 'a cat' }, {}],
    [{ prompt: 'a cat', clientRequestId: 'key' }, {}],
    [{ prompt: 'a cat' }, resent],
  ]
  await Promise.all(
    sends.map(async ([body, headers]) => {
      const startedAt = performance.now()
      const answer = await user.post('/api/video/tasks', body, headers)
      expect(answer.statusCode).toBe(503)
      expect(performance.now() - startedAt, JSON.stringify([body, headers])).toBeLessThan(IN_TIME_MS)
    }),
  )
  postgres.thaw()
})

const resent = { 'x-stainless-retry-count': '1' }
