import { createHmac } from 'node:crypto'
import { users } from '@reelay/db/schema'
import { eq } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { buildTestApp, SECRET, type TestUser } from './test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)

const user = await api.aUser()
const finished = await api.aTask(user, { status: 'COMPLETED' })
const other = await buildTestApp({ env: { JWT_SECRET: 'another secret, as long as the first one' } })
afterAll(other.stop)

const task = `/api/video/tasks/${finished.videoId}`
const routes = [
  ['POST', '/api/auth/logout'],
  ['POST', '/api/video/tasks'],
  ['GET', '/api/video/tasks'],
  ['GET', task],
  ['GET', `${task}/lineage`],
  ['GET', `${task}/content`],
  ['POST', `${task}/remix`],
  ['POST', `${task}/cancel`],
  ['POST', `${task}/retry`],
  ['GET', '/api/sse/task-updates'],
  ['GET', `/api/sse/task-updates?videoId=${finished.videoId}`],
] as const

const claims = { sub: user.id, username: user.username, role: 'USER', iss: 'reelay', aud: 'reelay-api' }
const inAnHour = Math.floor(Date.now() / 1000) + 3600
const good = { ...claims, exp: inAnHour }
const [head = '', payload = '', signature = ''] = user.token.split('.')

const badTokens: [string, string | undefined][] = [
  ['no token', undefined],
  ['an expired token', sign({ ...claims, exp: Math.floor(Date.now() / 1000) - 1 })],
  ['a token for later', sign({ ...good, nbf: inAnHour })],
  ['a token without an end', sign(claims)],
  ['a token signed with HS512', sign(good, { alg: 'HS512', hash: 'sha512' })],
  ['a token that nobody signed', `${encode({ alg: 'none', typ: 'JWT' })}.${encode(good)}.`],
  ['a token of another audience', sign({ ...good, aud: 'another-api' })],
  ['a token of another issuer', sign({ ...good, iss: 'another' })],
  ['a token without a subject', sign({ ...good, sub: undefined })],
  ['a token of another secret', other.app.jwt.sign({ sub: user.id, username: user.username, role: 'USER' })],
  ['a changed token', `${head}.${encode({ ...good, role: 'ADMIN' })}.${signature}`],
  ['a cut token', `${head}.${payload}.${signature.slice(0, -4)}`],
  ['a content link', contentLink()],
  ['a token of 100 KB', `${head}.${'a'.repeat(10_000)}.${signature}`],
]

test.each(badTokens)('%s opens no route and writes nothing', async (_, token) => {
  const before = await api.counts()
  for (const [method, url] of routes) {
    const answer = await api.app.inject({
      method,
      url,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      ...(method === 'POST' && { payload: { prompt: 'a cat' } }),
    })
    expect(answer.statusCode, url).toBe(401)
    expect(answer.json(), url).toMatchObject({ success: false, code: 'unauthorized' })
  }
  expect(await api.counts()).toEqual(before)
})

test('the token that the bad ones are made from is good', async () => {
  const answer = await api.app.inject({ url: task, headers: { authorization: `Bearer ${sign(good)}` } })
  expect(answer.statusCode).toBe(200)
})

test.each(badTokens.filter(([, token]) => token !== undefined && token.length < 4096))(
  '%s opens no feed from the address either',
  async (_, token) => {
    const answer = await api.app.inject(`/api/sse/task-updates?token=${token}`)
    expect(answer.statusCode).toBe(401)
    expect(answer.json().code).toBe('unauthorized')
  },
)

test('a token in the address opens nothing but the feed', async () => {
  for (const [method, url] of routes.filter(([, url]) => !url.includes('task-updates'))) {
    const answer = await api.app.inject({ method, url: `${url}?token=${user.token}`, payload: {} })
    expect(answer.statusCode, url).toBe(401)
  }
})

test('a token opens no content', async () => {
  const whole = await api.app.inject(`/api/video/content/${user.token}`)
  expect([403, 414]).toContain(whole.statusCode)
  const parts = await api.app.inject(`/api/video/content/${finished.videoId}.zzzzzzzz.${signature}`)
  expect(parts.statusCode).toBe(403)
  const signedLikeALink = createHmac('sha256', SECRET)
    .update(`${finished.videoId}.zzzzzzzz`)
    .digest('base64url')
  const forged = await api.app.inject(`/api/video/content/${finished.videoId}.zzzzzzzz.${signedLikeALink}`)
  expect(forged.statusCode).toBe(403)
})

test('a role in the token of a user is not believed twice', async () => {
  const admin: TestUser = await api.aUser({ role: 'ADMIN' })
  expect((await user.get('/api/video/tasks?all=true')).statusCode).toBe(403)
  expect((await admin.get('/api/video/tasks?all=true')).statusCode).toBe(200)
})

function contentLink(): string {
  const key = createHmac('sha256', SECRET).update('content link').digest()
  const claim = `${finished.videoId}.${(Date.now() + 600_000).toString(36)}`
  return `${claim}.${createHmac('sha256', key).update(claim).digest('base64url')}`
}

function sign(claims: object, { alg = 'HS256', hash = 'sha256' } = {}): string {
  const text = `${encode({ alg, typ: 'JWT' })}.${encode({ iat: Math.floor(Date.now() / 1000), ...claims })}`
  return `${text}.${createHmac(hash, SECRET).update(text).digest('base64url')}`
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

test('a token that outlived its user makes nothing', async () => {
  const gone = await api.aUser()
  await api.db.delete(users).where(eq(users.id, gone.id))
  const answer = await gone.post('/api/video/tasks', { prompt: 'a cat' })
  expect(answer.statusCode).toBe(401)
  expect(answer.json().code).toBe('unauthorized')
})
