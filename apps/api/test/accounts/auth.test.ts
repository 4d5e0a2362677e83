import { afterAll, expect, test } from 'vitest'
import { claimsOf } from '../../src/accounts/authentication.ts'
import { buildTestApp } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)

let accounts = 0
function anAccount() {
  accounts += 1
  return { username: `ada${accounts}`, email: `ada${accounts}@example.org`, password: 'correct horse' }
}

function post(path: string, payload: object) {
  return api.app.inject({ method: 'POST', url: `/api/auth/${path}`, payload })
}

test('an account is registered, logged in and verified', async () => {
  const account = anAccount()
  const registered = await post('register', account)
  expect(registered.statusCode).toBe(201)
  const { id } = registered.json().data
  expect(registered.json()).toEqual({
    success: true,
    data: { id: expect.any(String), username: account.username, email: account.email },
  })

  const before = Date.now()
  const loggedIn = await post('login', { username: account.username, password: account.password })
  const after = Date.now()
  expect(loggedIn.statusCode).toBe(200)
  const { token, expiresAt } = loggedIn.json().data
  expect(loggedIn.json()).toEqual({
    success: true,
    data: {
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      user: { id, username: account.username, email: account.email, role: 'USER' },
      expiresAt: expect.any(Number),
    },
  })
  const week = 7 * 24 * 3_600_000
  expect(expiresAt).toBeGreaterThan(before + week - 1000)
  expect(expiresAt).toBeLessThanOrEqual(after + week)

  const verified = await post('verify', { token })
  expect(verified.statusCode).toBe(200)
  expect(verified.json()).toEqual({
    success: true,
    data: { userId: id, username: account.username, role: 'USER', expiresAt },
  })
})

test('tokens are read by one reader, which takes memory once', async () => {
  const { token } = await api.aUser()
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < 100; i += 1) expect(claimsOf(api.app, token)).toBeDefined()
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
})

test('logging out answers only those who are in', async () => {
  const account = anAccount()
  await post('register', account)
  const { token } = (await post('login', { username: account.username, password: account.password })).json()
    .data
  const headers = { authorization: `Bearer ${token}` }
  for (const type of [{}, { 'content-type': 'application/json' }]) {
    const out = await api.app.inject({
      method: 'POST',
      url: '/api/auth/logout',
      headers: { ...headers, ...type },
    })
    expect(out.json()).toEqual({ success: true, data: {} })
  }
  expect((await post('logout', {})).statusCode).toBe(401)
})

test('a name is found whatever its case', async () => {
  const account = anAccount()
  await post('register', { ...account, username: 'Grace.Hopper' })
  const loggedIn = await post('login', { username: 'gRACE.hOPPER', password: account.password })
  expect(loggedIn.json().data.user.username).toBe('Grace.Hopper')
})

test('a wrong password and an unknown user answer alike', async () => {
  const account = anAccount()
  await post('register', account)
  const wrong = await post('login', { username: account.username, password: 'incorrect horse' })
  const unknown = await post('login', { username: 'nobody.at.all', password: 'incorrect horse' })

  for (const answer of [wrong, unknown]) {
    expect(answer.statusCode).toBe(401)
    expect(answer.json().code).toBe('invalid_credentials')
  }
  expect(withoutRequestId(wrong)).toBe(withoutRequestId(unknown))
})

test.each([
  ['name', { username: 'TAKEN' }, 'username_taken'],
  ['address', { email: 'TAKEN@example.org' }, 'email_taken'],
])('a taken %s is refused whatever its case', async (_, change, code) => {
  await post('register', { ...anAccount(), username: 'taken', email: 'taken@example.org' })
  const refused = await post('register', { ...anAccount(), ...change })
  expect(refused.statusCode).toBe(422)
  expect(refused.json().code).toBe(code)
})

test.each([
  ['username', 'ab'],
  ['username', 'a name with spaces'],
  ['username', 'a'.repeat(65)],
  ['username', 'ada\u0000'],
  ['username', 7],
  ['email', 'no address'],
  ['password', 'short'],
  ['password', 'x'.repeat(257)],
  ['password', 'long enough \u0000'],
  ['password', 'long enough \ud800'],
  ['role', 'ADMIN'],
])('registering with a bad %s names that field (%j)', async (field, value) => {
  const before = await users()
  const refused = await post('register', { ...anAccount(), [field]: value })
  expect(refused.statusCode).toBe(400)
  expect(refused.json()).toMatchObject({ code: 'invalid_request', details: [{ field }] })
  expect(await users()).toBe(before)
})

test('every bad field of a login is named', async () => {
  const refused = await post('login', { password: ['x'] })
  expect(refused.statusCode).toBe(400)
  expect(refused.json().details.map(({ field }: { field: string }) => field)).toEqual([
    'username',
    'password',
  ])
})

test('a bad token is not verified', async () => {
  const refused = await post('verify', { token: 'no.token.this' })
  expect(refused.statusCode).toBe(401)
  expect(refused.json().code).toBe('unauthorized')
})

test('a stored password is argon2id with safe parameters', async () => {
  const account = anAccount()
  await post('register', account)
  const stored = (await api.users.findByName(account.username))?.passwordHash
  const [, memory, passes, lanes] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/.exec(stored ?? '') ?? []
  expect(Number(memory)).toBeGreaterThanOrEqual(19_456)
  expect(Number(passes)).toBeGreaterThanOrEqual(2)
  expect(Number(lanes)).toBeGreaterThanOrEqual(1)
  expect(stored).not.toContain(account.password)
})

test.each([
  ['emoji', '🐈🐈‍⬛🎬 and more', '🐈🐈‍⬛🎬 and more'],
  ['composed letters typed decomposed', 'crème brûlée', 'crème brûlée'.normalize('NFD')],
  ['decomposed letters typed composed', 'crème brûlée'.normalize('NFD'), 'crème brûlée'],
  ['more than 72 bytes', 'x'.repeat(256), 'x'.repeat(256)],
])('a password of %s opens its account', async (_, chosen, typed) => {
  const account = { ...anAccount(), password: chosen }
  expect((await post('register', account)).statusCode).toBe(201)
  expect((await post('login', { username: account.username, password: typed })).statusCode).toBe(200)
})

test('a long password is compared to its end', async () => {
  const account = { ...anAccount(), password: `${'x'.repeat(255)}y` }
  await post('register', account)
  const refused = await post('login', { username: account.username, password: 'x'.repeat(256) })
  expect(refused.statusCode).toBe(401)
})

test('a name outside of ASCII opens its account', async () => {
  const account = { ...anAccount(), username: 'ÄNNE.猫' }
  expect((await post('register', account)).statusCode).toBe(201)
  const loggedIn = await post('login', { username: account.username, password: account.password })
  expect(loggedIn.statusCode).toBe(200)
})

test('a closed registration takes no strangers', async () => {
  await using closed = await buildTestApp({ env: { REGISTRATION: 'closed' } })
  const refused = await closed.app.inject({
    method: 'POST',
    url: '/api/auth/register',
    payload: anAccount(),
  })
  expect(refused.statusCode).toBe(403)
  expect(refused.json().code).toBe('registration_closed')
})

async function users() {
  const [row] = await api.db.execute('select count(*)::int as count from users')
  return row?.count
}

function withoutRequestId({ body }: { body: string }): string {
  return body.replace(/"requestId":"[^"]+"/, '')
}
