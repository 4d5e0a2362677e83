import { Writable } from 'node:stream'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { openFeed } from '../support/feed-client.ts'
import { buildTestApp } from '../support/test-app.ts'

/** A log that is kept, line by line. */
function keptLog(level: string) {
  const lines: string[] = []
  const sink = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk))
      done()
    },
  })
  return { lines, log: pino({ level }, sink) }
}

test('each request has one line, also when its client leaves before the end', async () => {
  const { lines, log } = keptLog('info')
  await using api = await buildTestApp({ log })
  const origin = await api.listen()
  const user = await api.aUser()
  await user.get('/api/video/tasks?page=1')
  await user.get('/nothing')
  const feed = await openFeed(origin, { query: { token: user.token } })
  feed.leave()
  const told = () => lines.map((line) => JSON.parse(line)).filter(({ req }) => req !== undefined)
  await expect.poll(() => told().length).toBe(3)
  expect(told()).toMatchObject([
    { req: { method: 'GET', path: '/api/video/tasks' }, res: { statusCode: 200 }, msg: 'request completed' },
    { req: { method: 'GET', path: '/nothing' }, res: { statusCode: 404 }, msg: 'request completed' },
    { req: { method: 'GET', path: '/api/sse/task-updates' }, msg: 'request aborted' },
  ])
  expect(new Set(told().map(({ requestId }) => requestId)).size).toBe(3)
})

test('no line carries a token, password, prompt or link', async () => {
  const { lines, log: trace } = keptLog('trace')
  await using api = await buildTestApp({ log: trace })
  const origin = await api.listen()
  const secrets = { password: 'hidden-password', prompt: 'a hidden prompt', note: 'a hidden note' }
  const username = 'grace'
  const post = (url: string, payload: object | string, headers = {}) =>
    api.app.inject({ method: 'POST', url, payload, headers })

  const account = { username, email: 'hidden@example.org', password: secrets.password }
  await post('/api/auth/register', account)
  await post('/api/auth/register', account)
  await post('/api/auth/login', { username, password: `wrong-${secrets.password}` })
  const { token } = (await post('/api/auth/login', { username, password: secrets.password })).json().data
  await post('/api/auth/verify', { token })
  const user = await api.aUser()

  const body = { prompt: secrets.prompt, metadata: { note: secrets.note } }
  await user.post('/api/video/tasks', body)
  await user.post('/api/video/tasks', { ...body, unknown: secrets.prompt })
  await user.post('/api/video/tasks', `{"prompt":"${secrets.prompt}`, { 'content-type': 'application/json' })
  await user.post('/api/video/tasks', secrets.prompt, { 'content-type': 'text/plain' })
  const clip = await api.aTask(user, { status: 'COMPLETED', ...body })
  await user.post(`/api/video/tasks/${clip.videoId}/remix`, body)
  await user.post(`/api/video/tasks/${clip.videoId}`, body)

  const link: string = (await user.get(`/api/video/tasks/${clip.videoId}/content`)).json().data.url
  for (const url of [
    link,
    `/${link}`,
    `${link}x`,
    `${link}/`,
    `${link}/more`,
    `/${link.replace('video', '/video')}`,
    link.replace('content', 'c%6Fntent'),
    `${link}?a=${user.token}`,
  ])
    await api.app.inject(url)
  for (const url of [
    '/nothing',
    '/api/video/tasks',
    '/api/video/tasks/video_1',
    '/%',
    `/${'x'.repeat(300)}`,
  ]) {
    await api.app.inject(`${url}?token=${user.token}`)
  }
  const feed = await openFeed(origin, { query: { token: user.token } })
  await feed.heard(clip.videoId)
  await openFeed(origin, { query: { token: `${user.token}x` } })
  const { ticket } = (await user.post('/api/sse/tickets', {})).json().data
  for (const query of [{ ticket, lastEventId: 'x'.repeat(200) }, { ticket }, { ticket }]) {
    const opened = await openFeed(origin, { query })
    expect(opened.text()).not.toContain(ticket)
    opened.leave()
  }
  await openFeed(origin, { query: { token: user.token, videoId: 'video_1' } })
  await user.post('/api/video/tasks', { prompt: `${secrets.prompt}\u0000` })
  await api.db.execute('alter table video_tasks rename to elsewhere')
  expect((await user.post('/api/video/tasks', body)).statusCode).toBe(500)
  expect((await user.get('/api/video/tasks')).statusCode).toBe(500)
  await api.db.execute('alter table elsewhere rename to video_tasks')
  feed.leave()

  const log = lines.join('')
  const signatures = [token, user.token].map((each: string) => each.split('.')[2] ?? '')
  const linkSignature = link.split('.').at(-1) ?? ''
  expect(lines.length).toBeGreaterThan(30)
  expect(log).toContain('request failed')
  expect(log).not.toContain('hidden')
  for (const secret of [
    ...signatures,
    linkSignature,
    ticket,
    clip.videoId.concat('.'),
    '$argon2id',
    'sk-test',
  ]) {
    expect(secret.length).toBeGreaterThan(5)
    expect(log).not.toContain(secret)
  }
})
