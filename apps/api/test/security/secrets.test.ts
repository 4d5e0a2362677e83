import { pino } from 'pino'
import { expect, test } from 'vitest'
import { openFeed } from '../support/feed-client.ts'
import { buildTestApp, SECRET } from '../support/test-app.ts'
import { rawRequest } from './raw-request.ts'

const canaries = {
  prompt: 'canary-prompt',
  password: 'canary-password',
  key: 'canary-upstream-key',
  name: 'canary.name',
  note: 'canary-note',
}

test('no log, job, key, value, event or error tells what is secret', async () => {
  const lines: string[] = []
  const refusals: string[] = []
  const log = pino({ level: 'trace' }, { write: (line) => void lines.push(line) })
  const env = { SORA_API_KEY: canaries.key, RATE_LIMIT_PER_MINUTE: '1000' }
  await using api = await buildTestApp({ env, log })
  const origin = await api.listen()
  const ask = async (url: string, payload: object | string, headers = {}) => {
    const answer = await api.app.inject({ method: 'POST', url, payload, headers })
    if (answer.statusCode >= 400) refusals.push(answer.body, JSON.stringify(answer.headers))
    return answer
  }

  const { name: username, password, prompt } = canaries
  await ask('/api/auth/register', { username, password, email: 'canary@example.org' })
  for (let n = 0; n < 12; n += 1) await ask('/api/auth/login', { username, password: `${password}-${n}` })
  await ask('/api/auth/login', { username: 'a\n{"level":60}\u001b[31m', password })
  await ask('/api/auth/register', { username, password, email: 'canary@example.org' })
  const user = await api.aUser()
  const headers = { authorization: `Bearer ${user.token}` }
  const body = { prompt, metadata: { note: canaries.note }, clientRequestId: 'one' }

  const feed = await openFeed(origin, { query: { token: user.token } })
  const made = await ask('/api/video/tasks', body, headers)
  await ask('/api/video/tasks', { ...body, prompt: `${prompt} again` }, headers)
  await ask('/api/video/tasks', { ...body, prompt: `${prompt}\u0000` }, headers)
  await ask('/api/video/tasks', `{"prompt": "${prompt}`, { ...headers, 'content-type': 'application/json' })
  const source = await api.aTask(user, { status: 'COMPLETED', prompt })
  await ask(`/api/video/tasks/${source.videoId}/remix`, body, headers)
  await ask(`/api/video/tasks/${source.videoId}/remix`, { prompt, secret: prompt }, headers)
  await ask(`/api/video/tasks/${source.videoId}/retry`, {}, headers)
  await ask(`/api/video/tasks/${made.json().data.videoId}/cancel`, {}, headers)
  await feed.heard(made.json().data.videoId, ({ status }) => status === 'CANCELLED')
  const { ticket } = (await ask('/api/sse/tickets', {}, headers)).json().data
  await openFeed(origin, { query: { ticket } })
  for (const end of ['no header', `X-Long: ${'x'.repeat(17_000)}`, 'Content-Length: x'])
    refusals.push(
      await rawRequest(origin, `GET /?token=${user.token} HTTP/1.1\r\nX: ${ticket}\r\n${end}\r\n\r\n`),
    )
  for (const state of ['22P05', '22021', '23505', '57014', 'P0001']) {
    await failQueriesWith(state)
    await ask('/api/video/tasks', { ...body, clientRequestId: state }, headers)
  }
  await api.db.execute('drop trigger failing on video_tasks')

  const stored = await everythingInRedis()
  expect(refusals.length).toBeGreaterThan(20)
  expect(stored).toContain('video_')
  expect(lines.filter((line) => line.includes('query failed: 22P05'))).toHaveLength(1)
  for (const line of lines) expect(line.trim().split('\n')).toHaveLength(1)
  const metrics = (await api.app.inject('/metrics')).body
  expect(metrics).toContain('reelay_http_request_seconds')
  const places = {
    log: lines.join(''),
    redis: stored,
    refusals: refusals.join('\n'),
    events: feed.text(),
    metrics,
  }
  const secrets = [
    ...Object.values(canaries),
    'canary',
    user.token.split('.')[2] ?? '',
    ticket,
    SECRET,
    new URL(api.config.database.url).password,
    '\u001b[31m',
    '$argon2id',
  ]
  expect(secrets).not.toContain('')
  for (const [place, text] of Object.entries(places))
    for (const secret of secrets) expect(text.includes(secret), `${secret} in ${place}`).toBe(false)

  /** Makes each insert of a task fail with the row in the message, as Postgres itself would. */
  async function failQueriesWith(state: string): Promise<void> {
    await api.db.execute(`
      create or replace function fail() returns trigger language plpgsql as $$
      begin raise exception 'canary: %', new using errcode = '${state}'; end $$;
      create or replace trigger failing before insert on video_tasks for each row execute function fail()`)
  }

  async function everythingInRedis(): Promise<string> {
    const keys = await api.redis.keys(`{${api.config.redis.prefix}}:*`)
    const values = await Promise.all(keys.map((key) => api.redis.dumpBuffer(key)))
    return [...keys, ...values.map((value) => value?.toString('latin1') ?? '')].join('\n')
  }
})
