import { expect, test, vi } from 'vitest'
import { openFeed } from '../support/feed-client.ts'
import { aPostgres } from '../support/postgres.ts'
import { buildTestApp, type Headers } from '../support/test-app.ts'

const account = { username: 'somebody', password: 'a long password', email: 'somebody@example.org' }

test('while Postgres is frozen every request is answered', async () => {
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
    ['an explanation', () => user.get(`${self}/explain`)],
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
      const answer = await request()
      expect(answer.statusCode, name).toBe(503)
      if (name === 'the readiness') return
      expect(answer.headers['retry-after'], name).toMatch(/^[1-9]\d*$/)
      expect(answer.json(), name).toMatchObject({ success: false, code: 'unavailable' })
    }),
  )
  expect((await user.get('/health')).statusCode).toBe(200)

  postgres.thaw()
  for (const [name, request] of requests.filter(([name]) => name !== 'a feed of one task')) {
    await vi.waitFor(async () => expect((await request()).statusCode, name).not.toBe(503))
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
  const feed = await openFeed(origin, user)
  expect(await feed.end()).toBe('ended')
  expect(feed.updates()).toEqual([])
  expect(feed.status === 503 || (feed.retries[0] ?? 0) >= 1000).toBe(true)

  postgres.thaw()
  await vi.waitFor(async () => {
    const again = await openFeed(origin, user)
    await vi.waitFor(() => expect(again.updates().length > 0 || again.outcome() !== 'open').toBe(true))
    expect(again.updates()).toMatchObject([{ payload: { videoId } }])
  })
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
  const took = async (answering: ReturnType<typeof user.get>) => {
    const startedAt = performance.now()
    expect((await answering).statusCode).toBe(503)
    return performance.now() - startedAt
  }
  const [one = 0, ...all] = await Promise.all([
    took(user.get('/api/video/tasks')),
    ...sends.map(([body, headers]) => took(user.post('/api/video/tasks', body, headers))),
  ])
  expect(Math.max(...all)).toBeLessThan(1.8 * one)
  postgres.thaw()
})

const resent = { 'x-stainless-retry-count': '1' }
