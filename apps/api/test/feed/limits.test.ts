import { EventSource } from 'eventsource'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openFeed } from '../support/feed-client.ts'
import { aPostgres } from '../support/postgres.ts'
import { buildTestApp } from '../support/test-app.ts'

test('one feed too many of a user is 429, and one that left makes room', async () => {
  await using api = await buildTestApp({ env: { SSE_MAX_PER_USER: '2' } })
  const [user, another] = [await api.aUser(), await api.aUser()]
  const origin = await api.listen()
  const [first] = [await openFeed(origin, user), await openFeed(origin, user)]

  const refused = await openFeed(origin, user)
  expect(refused.status).toBe(429)
  expect(refused.headers['retry-after']).toMatch(/^[1-9]\d*$/)
  const answer = await user.get('/api/sse/task-updates', { 'accept-language': 'zh' })
  expect(answer.json()).toMatchObject({ code: 'too_many_feeds', message: '打开的实时连接过多，请先关闭一个' })
  expect((await openFeed(origin, another)).status).toBe(200)

  first.leave()
  await vi.waitFor(async () => expect((await openFeed(origin, user)).status).toBe(200))
})

test('one feed too many of a process is 503', async () => {
  await using api = await buildTestApp({ env: { SSE_MAX_PER_PROCESS: '2' } })
  const origin = await api.listen()
  for (const status of [200, 200, 503]) {
    const feed = await openFeed(origin, await api.aUser())
    expect(feed.status).toBe(status)
    if (status === 503) expect(feed.headers['retry-after']).toMatch(/^[1-9]\d*$/)
  }
})

test.each([{ SSE_MAX_PER_USER: '1' }, { SSE_MAX_PER_PROCESS: '1' }])(
  'an EventSource over %j is told to come back later',
  async (env) => {
    await using api = await buildTestApp({ env })
    const { token } = await api.aUser()
    const origin = await api.listen()
    await openFeed(origin, { query: { token } })
    const late = await openFeed(origin, { query: { token } })
    expect(late.status).toBe(200)
    expect(await late.end()).toBe('ended')
    expect(late.events).toEqual([{ id: undefined, type: 'overloaded' }])
    expect(late.retries[0]).toBeGreaterThanOrEqual(30_000)

    const source = new EventSource(`${origin}/api/sse/task-updates?token=${token}`)
    onTestFinished(() => source.close())
    await vi.waitFor(() => expect(source.readyState).toBe(source.CONNECTING))
    const stats = await api.app.inject({
      url: '/api/sse/stats',
      headers: { authorization: `Bearer ${token}` },
    })
    expect(stats.json().data.connections).toBe(1)
  },
)

test('an EventSource over the rate limit is told to come back, too', async () => {
  await using api = await buildTestApp({ env: { RATE_LIMIT_PER_MINUTE: '3' } })
  const { token } = await api.aUser()
  const origin = await api.listen()
  const query = { token }
  for (let i = 0; i < 3; i += 1) expect((await openFeed(origin, { query })).events).toEqual([])
  const refused = await openFeed(origin, { query })
  expect(refused.status).toBe(200)
  expect(await refused.end()).toBe('ended')
  expect(refused.events).toEqual([{ id: undefined, type: 'overloaded' }])
  expect((await openFeed(origin, { token })).status).toBe(429)
})

test('stats tell one’s own connections and tasks in flight', async () => {
  await using api = await buildTestApp()
  const [user, another] = [await api.aUser(), await api.aUser()]
  const origin = await api.listen()
  const stats = async () => (await user.get('/api/sse/stats')).json().data
  expect(await stats()).toEqual({ connections: 0, tasksInFlight: 0 })
  await api.aTask(user, { status: 'PROCESSING' })
  await api.aTask(user)
  await api.aTask(user, { status: 'COMPLETED' })
  await api.aTask(another)
  const feeds = [await openFeed(origin, user), await openFeed(origin, user), await openFeed(origin, another)]
  expect(await stats()).toEqual({ connections: 2, tasksInFlight: 2 })
  feeds[0]?.leave()
  await vi.waitFor(async () => expect(await stats()).toEqual({ connections: 1, tasksInFlight: 2 }))
  expect((await api.app.inject('/api/sse/stats')).statusCode).toBe(401)
})

test('a deleted user’s feed ends, and there is no new one', async () => {
  await using api = await buildTestApp()
  const [user, another] = [await api.aUser(), await api.aUser()]
  await api.aTask(user)
  const origin = await api.listen()
  const [feed, other] = [await openFeed(origin, user), await openFeed(origin, another)]
  await api.db.execute(`delete from users where id = '${user.id}'`)
  expect((await openFeed(origin, user)).status).toBe(401)
  expect((await openFeed(origin, { query: { token: user.token } })).status).toBe(401)
  expect(await feed.end()).toBe('ended')
  expect(other.outcome()).toBe('open')
})

test('an EventSource that Postgres keeps waiting is told to come back', async () => {
  const postgres = await aPostgres()
  await using api = await buildTestApp({ env: { DATABASE_URL: postgres.url } })
  const user = await api.aUser()
  const { videoId } = await api.aTask(user)
  const origin = await api.listen()
  const source = new EventSource(`${origin}/api/sse/task-updates?videoId=${videoId}&token=${user.token}`)
  onTestFinished(() => source.close())
  const heard: string[] = []
  source.onmessage = ({ data }) => heard.push(JSON.parse(data).payload.status)
  await vi.waitFor(() => expect(heard).toEqual(['QUEUED']))

  postgres.freeze()
  const query = { token: user.token, videoId }
  for (const asked of [query, { token: user.token }]) {
    const feed = await openFeed(origin, { query: asked })
    expect(feed.status).toBe(200)
    expect(await feed.end()).toBe('ended')
    expect(feed.retries[0]).toBeLessThanOrEqual(4000)
  }
  expect((await openFeed(origin, user)).status).toBe(503)
  postgres.thaw()
  await api.worker.accept(videoId)
  await api.worker.complete(videoId)
  await vi.waitFor(() => expect(heard.at(-1)).toBe('COMPLETED'))
})
