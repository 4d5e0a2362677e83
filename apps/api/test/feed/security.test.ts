import { connect } from 'node:net'
import { EventSource } from 'eventsource'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { openFeed } from '../support/feed-client.ts'
import { buildTestApp } from '../support/test-app.ts'

const api = await buildTestApp({ env: { SSE_HEARTBEAT_MS: '200' } })
afterAll(api.stop)
const origin = await api.listen()

test('what hooks have set is on a stream, opened or turned away', async () => {
  await using open = await buildTestApp({
    env: { CORS_ORIGIN: 'https://page.example', SSE_MAX_PER_USER: '1' },
  })
  const { token } = await open.aUser()
  const at = await open.listen()
  const headers = { origin: 'https://page.example' }
  const feeds = [
    await openFeed(at, { query: { token }, headers }),
    await openFeed(at, { query: { token }, headers }),
  ]
  await feeds[1]?.end()
  expect(feeds[1]?.text()).toContain('overloaded')
  for (const feed of feeds) {
    expect(feed.status).toBe(200)
    expect(feed.headers).toMatchObject({
      'access-control-allow-origin': 'https://page.example',
      vary: expect.stringContaining('Origin'),
      'x-content-type-options': 'nosniff',
      'content-type': 'text/event-stream; charset=utf-8',
    })
  }
  for (const origin of ['https://evil.page.example', 'https://page.example.evil', 'null']) {
    const feed = await openFeed(at, { query: { token }, headers: { origin } })
    expect(feed.headers['access-control-allow-origin'], origin).not.toBe(origin)
  }
})

test('a stream tells browsers to name it nowhere and proxies to leave it alone', async () => {
  const feed = await openFeed(origin, await api.aUser())
  expect(feed.headers).toMatchObject({
    'referrer-policy': 'no-referrer',
    'x-accel-buffering': 'no',
    'cache-control': expect.stringMatching(/no-cache, ?no-transform/),
  })
  expect(feed.headers['content-encoding']).toBeUndefined()
})

test('no text in a task can forge an event', async () => {
  const user = await api.aUser()
  const { videoId } = await api.aTask(user, { status: 'PROCESSING' })
  const feed = await openFeed(origin, user)
  const message = 'a\r\n\r\nid: 1\rdata: {"type":"forged"}\n\nretry: 1\u2028event: x\u2029\u0085:'
  const row = await api.worker.fail(videoId, message)
  const event = await feed.heard(videoId, ({ status }) => status === 'FAILED')
  expect(event.payload.error).toEqual({ message })
  expect(event.id).toBe(String(row.updatedAt.getTime()))
  expect(feed.events.filter(({ type }) => type !== 'ping')).toHaveLength(feed.updates().length)
  expect(feed.retries).toHaveLength(1)
})

test.each([
  ['\u00000', 400],
  ['x'.repeat(1024 * 1024), 431],
])('a Last-Event-ID that is no header is refused by the server itself', async (id, status) => {
  const { token } = await api.aUser()
  const socket = connect(Number(new URL(origin).port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  socket.write(
    `GET /api/sse/task-updates HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nLast-Event-ID: ${id}\r\n\r\n`,
  )
  const [answer] = await new Promise<[Buffer]>((resolve) => socket.once('data', (data) => resolve([data])))
  expect(String(answer)).toContain(` ${status} `)
  expect(String(answer)).not.toContain(token)
})

test('another’s Last-Event-ID opens nothing of theirs', async () => {
  const [user, stranger] = [await api.aUser(), await api.aUser()]
  const theirs = await api.aTask(stranger, { status: 'COMPLETED' })
  const own = await api.aTask(user)
  const id = String(theirs.updatedAt.getTime() - 1)
  const feed = await openFeed(origin, { ...user, headers: { 'last-event-id': id } })
  await feed.heard(own.videoId)
  expect(feed.text()).not.toContain(theirs.videoId)
})

test('an answer that refuses a feed repeats neither token nor ticket', async () => {
  const { token } = await api.aUser()
  for (const query of [
    { token: `${token}x` },
    { ticket: 'a-hidden-ticket' },
    { token, videoId: 'video_1' },
    { token, lastEventId: 'x'.repeat(200) },
  ]) {
    const path = `/api/sse/task-updates?${new URLSearchParams(query)}`
    const answer = await api.app.inject(path)
    expect(answer.statusCode).toBeGreaterThanOrEqual(400)
    expect(answer.body).not.toContain(token)
    expect(answer.body).not.toContain('hidden')
  }
})

test('the way of an old page works from login to the end of its remix', async () => {
  const account = { username: 'an-old-page', password: 'a long enough password', email: 'page@example.org' }
  const { username, password } = account
  const registered = await api.app.inject({ method: 'POST', url: '/api/auth/register', payload: account })
  await api.aTask(registered.json().data, { status: 'COMPLETED' })
  const json = { 'content-type': 'application/json' }
  const login = await fetch(`${origin}/api/auth/login`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ username, password }),
  })
  const { token } = ((await login.json()) as { data: { token: string } }).data
  const headers = { ...json, authorization: `Bearer ${token}` }
  const list = await fetch(`${origin}/api/video/tasks?status=COMPLETED`, { headers })
  const { data } = (await list.json()) as { data: { tasks: { videoId: string }[] } }
  const remixed = await fetch(`${origin}/api/video/tasks/${data.tasks[0]?.videoId}/remix`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ prompt: 'the same place in heavy snow' }),
  })
  const { videoId } = ((await remixed.json()) as { data: { videoId: string } }).data

  const source = new EventSource(`${origin}/api/sse/task-updates?token=${token}`)
  onTestFinished(() => source.close())
  const statuses: string[] = []
  source.onmessage = ({ data }) => {
    const { type, payload } = JSON.parse(data)
    if (type === 'taskUpdate' && payload.videoId === videoId) statuses.push(payload.status)
  }
  await vi.waitFor(() => expect(statuses).toEqual(['QUEUED']))
  await api.worker.accept(videoId)
  await api.worker.complete(videoId)
  await vi.waitFor(() => expect(statuses).toEqual(['QUEUED', 'PROCESSING', 'COMPLETED']))
  expect(source.readyState).toBe(source.OPEN)
})
