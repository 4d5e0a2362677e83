import { startRedis } from '@reelay/local-services/stores/redis'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { aFolder } from '../support/folder.ts'
import { buildTestApp, type TestApp, type TestUser } from '../support/test-app.ts'

const tasks = '/api/video/tasks'
const password = 'a long password'

const store = await buildTestApp()
afterAll(store.stop)

/** An api of its own over the database of all tests here. */
function anApp(env: Record<string, string>): Promise<TestApp> {
  return buildTestApp({ env: { DATABASE_URL: store.config.database.url, ...env } })
}

test('a user beyond the limit is told when to return', async () => {
  await using api = await anApp({ RATE_LIMIT_PER_MINUTE: '3' })
  const user = await api.aUser()
  for (const remaining of ['2', '1', '0']) {
    const { headers, statusCode } = await user.get(tasks)
    expect(statusCode).toBe(200)
    expect(headers).toMatchObject({ 'ratelimit-limit': '3', 'ratelimit-remaining': remaining })
    expect(Number(headers['ratelimit-reset'])).toBeGreaterThan(0)
  }

  const refused = await user.get(tasks, { 'accept-language': 'zh' })
  expect(refused.statusCode).toBe(429)
  expect(refused.json()).toMatchObject({
    success: false,
    code: 'rate_limited',
    error: expect.stringMatching('频繁'),
  })
  expect(refused.headers).toMatchObject({ 'ratelimit-limit': '3', 'ratelimit-remaining': '0' })
  const seconds = Number(refused.headers['retry-after'])
  expect(seconds).toBeGreaterThan(0)
  expect(seconds).toBeLessThanOrEqual(60)
})

test('a refused request leaves no row and no job', async () => {
  await using api = await anApp({ RATE_LIMIT_PER_MINUTE: '1' })
  const user = await api.aUser()
  await user.get(tasks)
  const before = await api.counts()
  expect((await user.post(tasks, { prompt: 'a cat' })).statusCode).toBe(429)
  expect(await api.counts()).toEqual(before)
})

test('of a thousand remixes at once as many are taken as the limit says, and another user’s is taken, too', async () => {
  await using api = await anApp({ RATE_LIMIT_PER_MINUTE: '50' })
  const [greedy, other] = [await api.aUser(), await api.aUser()]
  const sources = await Promise.all([greedy, other].map((user) => api.aTask(user, { status: 'COMPLETED' })))
  const remix = (user: TestUser, source = sources[0]) =>
    user.post(`${tasks}/${source?.videoId}/remix`, { prompt: 'a dog' }, { prefer: 'respond-async' })
  const answers = await Promise.all(Array.from({ length: 1000 }, () => remix(greedy)))
  const counted = Map.groupBy(answers, ({ statusCode }) => statusCode)
  expect([counted.get(202)?.length, counted.get(429)?.length]).toEqual([50, 950])
  expect((await remix(other, sources[1])).statusCode).toBe(202)
  expect(await api.jobs()).toHaveLength(51)
})

test('a user’s limit is theirs alone', async () => {
  await using api = await anApp({ RATE_LIMIT_PER_MINUTE: '2' })
  const [one, other] = [await api.aUser(), await api.aUser()]
  for (let n = 0; n < 3; n += 1) await one.get(tasks)
  const inTheAddress = await api.app.inject(`/api/sse/task-updates?token=${one.token}&videoId=none`)
  expect(inTheAddress.body).toContain('overloaded')
  expect((await other.get(tasks)).statusCode).toBe(200)
  expect((await api.app.inject(tasks)).statusCode).toBe(401)
})

test.each([
  ['no token', {}],
  ['a bad token', { authorization: 'Bearer no.token.this' }],
])('with %s an address is counted, whatever it asks', async (_, headers) => {
  await using api = await anApp({ RATE_LIMIT_PER_MINUTE: '3' })
  for (const url of [tasks, '/nothing', '/api/sse/task-updates'])
    expect((await api.app.inject({ url, headers })).statusCode).not.toBe(429)
  for (const url of [tasks, '/nothing']) expect((await api.app.inject({ url, headers })).statusCode).toBe(429)
  const feed = await api.app.inject({ url: '/api/sse/task-updates', headers })
  expect(feed.body).toMatch(/overloaded|rate_limited/)
})

test('two processes count together', async () => {
  await using one = await anApp({ RATE_LIMIT_PER_MINUTE: '4' })
  const REDIS_PREFIX = one.config.redis.prefix
  await using other = await anApp({ RATE_LIMIT_PER_MINUTE: '4', REDIS_PREFIX })
  const statuses: number[] = []
  for (const { app } of [one, other, one, other, one, other])
    statuses.push((await app.inject(tasks)).statusCode)
  expect(statuses).toEqual([401, 401, 401, 401, 429, 429])
})

test('probes and preflights are not counted', async () => {
  const env = { RATE_LIMIT_PER_MINUTE: '2', CORS_ORIGIN: 'https://app.test' }
  await using api = await anApp(env)
  const headers = { origin: 'https://app.test', 'access-control-request-method': 'POST' }
  for (let n = 0; n < 5; n += 1) {
    expect((await api.app.inject('/health')).statusCode).toBe(200)
    expect((await api.app.inject('/health/ready')).statusCode).toBe(200)
    expect((await api.app.inject({ method: 'OPTIONS', url: tasks, headers })).statusCode).toBe(204)
  }
  expect((await api.app.inject(tasks)).headers['ratelimit-remaining']).toBe('1')
})

describe('an address', () => {
  test('can’t be forged when no proxy is trusted', async () => {
    await using api = await anApp({ RATE_LIMIT_PER_MINUTE: '2' })
    expect(await statusesFrom(api, ['1.2.3.4', '1.2.3.5', '1.2.3.6', '127.0.0.9'])).toEqual([
      401, 401, 429, 429,
    ])
  })

  test('is what the nearest trusted proxy saw', async () => {
    await using api = await anApp({ RATE_LIMIT_PER_MINUTE: '1', TRUST_PROXY: '127.0.0.0/8, 10.1.0.0/16' })
    const chains = ['1.2.3.4', '9.9.9.9, 1.2.3.4', '9.9.9.8, 1.2.3.4, 10.1.2.3', '1.2.3.4, 8.8.8.8']
    expect(await statusesFrom(api, chains)).toEqual([401, 429, 429, 401])
  })

  test('of IPv6 is counted by its network', async () => {
    await using api = await anApp({ RATE_LIMIT_PER_MINUTE: '1', TRUST_PROXY: '127.0.0.1' })
    const addresses = [
      '2001:db8:1:2::1',
      '2001:db8:1:2:ffff::7',
      '2001:db8:1:3::1',
      'fe80::1%eth0',
      'no address',
    ]
    expect(await statusesFrom(api, addresses)).toEqual([401, 429, 401, 401, 401])
  })
})

describe('logging in', () => {
  test('is tried ten times a minute for a name, from anywhere', async () => {
    await using api = await anApp({ RATE_LIMIT_PER_MINUTE: '300', TRUST_PROXY: '127.0.0.1' })
    await register(api, 'ada.lovelace')
    const tries = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        logIn(api, n % 2 ? 'Ada.Lovelace' : 'ada.lovelace', `wrong ${n}`, `10.0.0.${n}`),
      ),
    )
    expect(countsOf(tries)).toEqual({ 401: 10, 429: 2 })
    for (const refused of tries.filter(({ statusCode }) => statusCode === 429))
      expect(refused.json().code).toBe('rate_limited')
    expect((await logIn(api, 'nobody.else', password, '10.0.0.1')).statusCode).toBe(401)
  })

  test('is tried thirty times a minute from an address', async () => {
    await using api = await anApp({ RATE_LIMIT_PER_MINUTE: '300', TRUST_PROXY: '127.0.0.1' })
    const tries = await Promise.all(
      Array.from({ length: 35 }, (_, n) => logIn(api, `name${n}`, password, '10.0.0.1')),
    )
    expect(tries.filter(({ statusCode }) => statusCode === 429)).toHaveLength(5)
    expect((await logIn(api, 'name1', password, '10.0.0.2')).statusCode).toBe(401)
  })

  test('leaves no name in Redis', async () => {
    await using api = await anApp({ RATE_LIMIT_PER_MINUTE: '300' })
    await logIn(api, 'canary.name', 'canary password')
    const keys = await api.redis.keys(`{${api.config.redis.prefix}}:limit:*`)
    expect(keys.length).toBeGreaterThanOrEqual(3)
    expect(keys.join('\n')).not.toContain('canary')
    for (const key of keys) expect(await api.redis.pttl(key)).toBeGreaterThan(0)
  })
})

test('an address registers ten accounts a minute', async () => {
  await using api = await anApp({ RATE_LIMIT_PER_MINUTE: '300' })
  const answers = await Promise.all(Array.from({ length: 13 }, (_, n) => register(api, `stranger${n}`)))
  expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(10)
  const refused = answers.filter(({ statusCode }) => statusCode === 429)
  expect(refused).toHaveLength(3)
  for (const { headers } of refused) expect(headers['retry-after']).toMatch(/^[1-9]\d*$/)
  const [row] = await api.db.execute(
    "select count(*)::int as count from users where username like 'stranger%'",
  )
  expect(row?.count).toBe(10)
})

test('without limits nobody is counted', async () => {
  await using api = await anApp({ RATE_LIMIT_PER_MINUTE: '0' })
  const answer = await api.app.inject(tasks)
  expect(answer.headers['ratelimit-limit']).toBeUndefined()
  expect(await api.redis.keys(`{${api.config.redis.prefix}}:limit:*`)).toEqual([])
})

test('while Redis is away reads pass and the rest is counted here', async () => {
  await using api = await anApp({ RATE_LIMIT_PER_MINUTE: '20', REDIS_URL: 'redis://127.0.0.1:1' })
  await expectLocalCounts(api, await api.aUser())
})

test('while Redis is frozen every request is answered, and counted there again after', async () => {
  const redis = await startRedis({ dir: aFolder() })
  onTestFinished(() => redis.stop())
  await using api = await anApp({ RATE_LIMIT_PER_MINUTE: '20', REDIS_URL: redis.url })
  const user = await api.aUser()
  const isCounted = async () => (await user.get(`${tasks}/none`)).headers['ratelimit-limit'] !== undefined
  await expect.poll(isCounted).toBe(true)

  redis.freeze()
  try {
    await expectLocalCounts(api, await api.aUser())
  } finally {
    redis.thaw()
  }
  await expect.poll(isCounted, { interval: 200 }).toBe(true)
})

test('a Redis that freezes forgives nothing', async () => {
  const redis = await startRedis({ dir: aFolder() })
  onTestFinished(() => redis.stop())
  await using api = await anApp({ RATE_LIMIT_PER_MINUTE: '3', REDIS_URL: redis.url })
  const user = await api.aUser()
  const submit = async () => (await user.post(tasks, { prompt: '' })).statusCode
  expect([await submit(), await submit(), await submit()]).toEqual([400, 400, 400])
  redis.freeze()
  onTestFinished(() => redis.thaw())
  expect(await submit()).toBe(429)
})

// At once: what is counted by the minute must not take one, however busy the machine is.
async function expectLocalCounts(api: TestApp, user: TestUser): Promise<void> {
  for (let n = 0; n < 30; n += 1) expect((await user.get(tasks)).statusCode).toBe(200)
  const logins = Array.from({ length: 11 }, (_, n) => logIn(api, 'grace', `wrong ${n}`))
  expect(countsOf(await Promise.all(logins))).toEqual({ 401: 10, 429: 1 })
  const submissions = Array.from({ length: 21 }, () => user.post(tasks, { prompt: '' }))
  expect(countsOf(await Promise.all(submissions))).toEqual({ 400: 20, 429: 1 })
  expect((await user.get(tasks)).statusCode).toBe(200)
}

function countsOf(responses: { statusCode: number }[]): Record<number, number> {
  const counted = Map.groupBy(responses, ({ statusCode }) => statusCode)
  return Object.fromEntries([...counted].map(([status, { length }]) => [status, length]))
}

function register(api: TestApp, username: string) {
  const payload = { username, password, email: `${username}@example.org` }
  return api.app.inject({ method: 'POST', url: '/api/auth/register', payload })
}

function logIn(api: TestApp, username: string, secret: string, from = '127.0.0.1') {
  const headers = { 'x-forwarded-for': from }
  const payload = { username, password: secret }
  return api.app.inject({ method: 'POST', url: '/api/auth/login', payload, headers })
}

async function statusesFrom(api: TestApp, chains: string[]): Promise<number[]> {
  const statuses: number[] = []
  for (const chain of chains) {
    const answer = await api.app.inject({ url: tasks, headers: { 'x-forwarded-for': chain } })
    statuses.push(answer.statusCode)
  }
  return statuses
}
