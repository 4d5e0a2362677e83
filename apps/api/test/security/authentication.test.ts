import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { users } from '@reelay/db/schema'
import { eq } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { isForVideosApi } from '../../src/v1/failure.ts'
import { buildTestApp, SECRET, type TestUser } from '../support/test-app.ts'
import { collectRoutes } from './collect-routes.ts'
import { shortest } from './paired.ts'

const { built: api, routes: allRoutes } = await collectRoutes(() =>
  buildTestApp({
    env: { CORS_ORIGIN: 'https://app.test', METRICS_TOKEN: 'a token of the scraper', DOCS: 'closed' },
  }),
)
afterAll(api.stop)

const user = await api.aUser()
const deleted = await aDeletedUser()
const finished = await api.aTask(user, { status: 'COMPLETED' })
const other = await buildTestApp({ env: { JWT_SECRET: 'another secret, as long as the first one' } })
afterAll(other.stop)

/** What anybody may ask. A route that is neither here nor behind a token fails below. */
const publicRoutes = [
  'GET /health',
  'GET /health/ready',
  'POST /api/auth/register',
  'POST /api/auth/login',
  'POST /api/auth/verify',
  'GET /api/video/content/:signed',
  'GET /',
  'GET /studio',
  'GET /studio/*',
  'GET /studio/assets/*',
  'GET /admin/sign-in',
  'POST /admin/sign-in',
  'GET /admin/sign-out',
  'OPTIONS *',
]

const nameOf = ({ method, url }: { method: string; url: string }) =>
  `${method} ${url}`.replace(/^HEAD/, 'GET')
const task = `/api/video/tasks/${finished.videoId}`
const routes = allRoutes
  .filter((route) => !publicRoutes.includes(nameOf(route)))
  .map(({ method, url }) => ({ method, url: url.replace(':videoId', finished.videoId) }) as Route)
type Route = { method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH'; url: string }

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
  ['a token whose subject is no id', sign({ ...good, sub: 'grace' })],
  ['a token whose subject is a number', sign({ ...good, sub: 7 })],
  ['a token whose role is a number', sign({ ...good, role: 1 })],
  ['a token of an unknown role', sign({ ...good, role: 'ROOT' })],
  ['a token without a name', sign({ ...good, username: undefined })],
  ['a token whose name is a list', sign({ ...good, username: ['grace'] })],
  ['a token whose end is text', sign({ ...good, exp: String(inAnHour) })],
  ['a token whose end is beyond all dates', sign({ ...good, exp: Number.MAX_SAFE_INTEGER })],
  ['a token whose end is a fraction', sign({ ...good, exp: inAnHour + 0.5 })],
  ['a token whose begin is text', sign({ ...good, iat: 'now' })],
  ['a token that holds a list', sign([good])],
  ['a token of another secret', other.app.jwt.sign({ sub: user.id, username: user.username, role: 'USER' })],
  ['a changed token', `${head}.${encode({ ...good, role: 'ADMIN' })}.${signature}`],
  ['a cut token', `${head}.${payload}.${signature.slice(0, -4)}`],
  ['a content link', contentLink()],
  ['a token of a deleted user', deleted.token],
  ['an RS256 token signed with the secret', sign(good, { alg: 'RS256' })],
  ['a token that is critical about a header', sign(good, { alg: 'HS256', crit: ['b64'], b64: false })],
  ['a token of 10 KB', `${head}.${'a'.repeat(10_000)}.${signature}`],
]

test.each(badTokens)('%s opens no route and writes nothing', async (_, token) => {
  const before = await api.counts()
  for (const route of routes) {
    const answer = await api.app.inject({
      ...route,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      ...(route.method === 'POST' && { payload: { prompt: 'a cat' } }),
    })
    expect(answer.statusCode, nameOf(route)).toBe(401)
    if (route.method === 'HEAD') continue
    const failure = isForVideosApi(route)
      ? { error: { type: 'authentication_error', code: 'unauthorized' } }
      : { success: false, code: 'unauthorized' }
    expect(answer.json(), nameOf(route)).toMatchObject(failure)
  }
  expect(await api.counts()).toEqual(before)
})

test.each(badTokens)('%s is refused with little work', async (_, token) => {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  expect(await shortest(20, () => api.app.inject({ url: task, headers }))).toBeLessThan(25)
})

test('every public route is there and nothing else is public', () => {
  const registered = allRoutes.map(nameOf)
  expect(publicRoutes.filter((name) => !registered.includes(name))).toEqual([])
  expect(routes.length).toBeGreaterThan(10)
})

test('a key that a token names is never looked up', async () => {
  let asked = 0
  const trap = createServer((_, answer) => {
    asked += 1
    answer.end()
  })
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/keys`
  for (const header of [{ jku: address }, { x5u: address }, { kid: '../../etc/passwd' }, { kid: address }]) {
    const forged = sign(good, { ...header, secret: 'a secret of the forger' })
    const answer = await api.app.inject({ url: task, headers: { authorization: `Bearer ${forged}` } })
    expect(answer.statusCode).toBe(401)
  }
  expect(asked).toBe(0)
  await new Promise((resolve) => trap.close(resolve))
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

test.each(badTokens.filter(([, token]) => token !== undefined && token.length < 4096))(
  '%s is not verified',
  async (_, token) => {
    const answer = await verify(token ?? '')
    expect(answer.statusCode).toBe(401)
  },
)

test('a token whose subject is no id spoils no other’s request', async () => {
  const bad = sign({ ...good, sub: 'grace' })
  const asked = [bad, user.token, bad].map((token) =>
    api.app.inject({ url: task, headers: { authorization: `Bearer ${token}` } }),
  )
  expect((await Promise.all(asked)).map(({ statusCode }) => statusCode)).toEqual([401, 200, 401])
})

test('a token in the address opens nothing but the feed', async () => {
  for (const { method, url } of routes.filter(({ url }) => !url.includes('task-updates'))) {
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

test('a token outlives its user by seconds', async () => {
  const leaving = await api.aUser()
  const status = async () => (await leaving.get('/api/video/tasks')).statusCode
  expect(await status()).toBe(200)
  await api.db.delete(users).where(eq(users.id, leaving.id))
  await expect.poll(status).toBe(401)
})

test('what a former admin’s token says is not believed', async () => {
  const admin: TestUser = await api.aUser({ role: 'ADMIN' })
  const all = '/api/video/tasks?all=true'
  expect((await user.get(all)).statusCode).toBe(403)
  expect((await admin.get(all)).statusCode).toBe(200)

  await api.db.update(users).set({ role: 'USER' }).where(eq(users.id, admin.id))
  expect((await admin.get(all)).statusCode).toBe(403)
  expect(await roleOf(admin.token)).toBe('USER')

  await api.db.delete(users).where(eq(users.id, admin.id))
  expect((await admin.get(all)).statusCode).toBe(401)
})

test('a token that outlived its user makes, opens and shows nothing', async () => {
  const gone = await api.aUser()
  const { ticket } = (await gone.post('/api/sse/tickets', {})).json().data
  await api.db.delete(users).where(eq(users.id, gone.id))
  const answer = await gone.post('/api/video/tasks', { prompt: 'a cat' })
  expect(answer.statusCode).toBe(401)
  expect(answer.json().code).toBe('unauthorized')
  expect((await verify(gone.token)).statusCode).toBe(401)
  expect((await api.app.inject(`/api/sse/task-updates?ticket=${ticket}`)).statusCode).toBe(401)
  expect((await gone.get('/api/video/tasks')).json().data).toMatchObject({ tasks: [], total: 0 })
})

function verify(token: string) {
  return api.app.inject({ method: 'POST', url: '/api/auth/verify', payload: { token } })
}

async function roleOf(token: string): Promise<string> {
  return (await verify(token)).json().data.role
}

function contentLink(): string {
  const key = createHmac('sha256', SECRET).update('content link').digest()
  const claim = `${finished.videoId}.${(Date.now() + 600_000).toString(36)}`
  return `${claim}.${createHmac('sha256', key).update(claim).digest('base64url')}`
}

type Header = { hash?: string; secret?: string; [name: string]: unknown }

function sign(claims: object, { hash = 'sha256', secret = SECRET, ...header }: Header = {}) {
  const text = `${encode({ alg: 'HS256', typ: 'JWT', ...header })}.${encode({ iat: Math.floor(Date.now() / 1000), ...claims })}`
  return `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

async function aDeletedUser(): Promise<TestUser> {
  const leaving = await api.aUser()
  await api.db.delete(users).where(eq(users.id, leaving.id))
  return leaving
}
