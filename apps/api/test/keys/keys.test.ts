import { NewKey, type Scope } from '@reelay/contracts/api-keys'
import { apiKeys } from '@reelay/db/schema'
import { eq } from 'drizzle-orm'
import { afterAll, describe, expect, test } from 'vitest'
import { openFeed } from '../support/feed-client.ts'
import { buildTestApp, noVideoId, type TestUser } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)

describe('a key', () => {
  test('is shown once, and kept as its hash alone', async () => {
    const user = await api.aUser()
    const made = await user.post('/api/keys', { name: 'nightly' })
    expect(made.statusCode).toBe(201)
    const { key, ...told } = NewKey.parse(made.json().data)
    expect(key).toMatch(/^sk-reelay-[0-9A-Za-z]{43}$/)
    expect(told).toMatchObject({
      name: 'nightly',
      prefix: key.slice(0, 16),
      scopes: ['videos:read', 'videos:write'],
      lastUsedAt: null,
      expiresAt: null,
    })
    const listed = await user.get('/api/keys')
    expect(listed.json().data.keys).toEqual([told])
    const [row] = await api.db.select().from(apiKeys).where(eq(apiKeys.id, told.id))
    expect(JSON.stringify(row)).not.toContain(key.slice(16))
  })

  test('is never the same as another', async () => {
    const user = await api.aUser()
    const keys = new Set<string>()
    for (let n = 0; n < 20; n += 1) keys.add(await aKey(user))
    expect(keys.size).toBe(20)
  })

  test('belongs to its user alone', async () => {
    const [user, other] = [await api.aUser(), await api.aUser()]
    const { id } = (await user.post('/api/keys', { name: 'mine' })).json().data
    expect((await other.get('/api/keys')).json().data.keys).toEqual([])
    expect((await remove(other.token, id)).statusCode).toBe(404)
    expect((await user.get('/api/keys')).json().data.keys).toHaveLength(1)
  })

  test('notes the minute in which it was used', async () => {
    const user = await api.aUser()
    const key = await aKey(user)
    expect((await get('/api/video/tasks', key)).statusCode).toBe(200)
    await expect
      .poll(async () => (await user.get('/api/keys')).json().data.keys[0].lastUsedAt)
      .toSatisfy((at) => typeof at === 'number' && at % 60_000 === 0)
  })

  test.each([
    ['no name', { scopes: ['videos:read'] }, 'name'],
    ['an empty name', { name: '' }, 'name'],
    ['no scope', { name: 'a', scopes: [] }, 'scopes'],
    ['an unknown scope', { name: 'a', scopes: ['videos:delete'] }, 'scopes.0'],
    ['a time that is past', { name: 'a', expiresAt: Date.now() - 1 }, 'expiresAt'],
    ['a time in text', { name: 'a', expiresAt: '2030-01-01' }, 'expiresAt'],
    ['a field of its own', { name: 'a', userId: 'b' }, 'userId'],
  ])('is not made with %s', async (_, body, field) => {
    const user = await api.aUser()
    const refused = await user.post('/api/keys', body)
    expect(refused.statusCode).toBe(400)
    expect(refused.json().details).toMatchObject([{ field }])
    expect((await user.get('/api/keys')).json().data.keys).toEqual([])
  })

  test('is one of fifty, also where many are made at once', async () => {
    const user = await api.aUser()
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) => user.post('/api/keys', { name: `key ${n}` })),
    )
    const statuses = answers.map(({ statusCode }) => statusCode)
    expect(statuses.filter((status) => status === 201)).toHaveLength(50)
    const refused = answers.find(({ statusCode }) => statusCode !== 201)
    expect(refused?.statusCode).toBe(422)
    expect(refused?.json()).toMatchObject({ code: 'too_many_keys' })
    const { keys } = (await user.get('/api/keys')).json().data
    expect(keys).toHaveLength(50)
    await remove(user.token, keys[0].id)
    expect((await user.post('/api/keys', { name: 'in its place' })).statusCode).toBe(201)
  })
})

describe('with a key', () => {
  test.each<[Scope, number, number]>([
    ['videos:read', 200, 403],
    ['videos:write', 403, 404],
  ])('for %s reading is answered with %i and writing with %i', async (scope, reading, writing) => {
    const key = await aKey(await api.aUser(), { scopes: [scope] })
    expect((await get('/api/video/tasks', key)).statusCode).toBe(reading)
    expect((await get('/api/sse/stats', key)).statusCode).toBe(reading)
    const recovered = await post('/api/video/tasks/recover', key, { clientRequestIds: ['a'] })
    expect(recovered.statusCode).toBe(reading)
    const remixed = await post(`/api/video/tasks/${noVideoId()}/remix`, key, { prompt: 'snow' })
    expect(remixed.statusCode).toBe(writing)
    const [refused] = [recovered, remixed].filter(({ statusCode }) => statusCode === 403)
    expect(refused?.json()).toMatchObject({ code: 'insufficient_scope' })
  })

  test('a video is made for its user', async () => {
    const user = await api.aUser()
    const key = await aKey(user)
    const made = await post('/api/video/tasks', key, { prompt: 'a paper boat' })
    expect(made.statusCode).toBe(202)
    const { videoId } = made.json().data
    expect((await user.get(`/api/video/tasks/${videoId}`)).statusCode).toBe(200)
    expect((await get(`/api/video/tasks/${videoId}`, key)).statusCode).toBe(200)
  })

  test('nobody makes, lists or revokes keys, logs out or sees what is for ADMINs', async () => {
    const admin = await api.aUser({ role: 'ADMIN' })
    const made = (await admin.post('/api/keys', { name: 'of an ADMIN' })).json().data
    const answers = await Promise.all([
      post('/api/keys', made.key, { name: 'another' }),
      get('/api/keys', made.key),
      remove(made.key, made.id),
      post('/api/auth/logout', made.key, {}),
      get('/api/admin/upstreams', made.key),
      get('/api/admin/queues', made.key),
      get('/api/admin/in-doubt', made.key),
      get('/api/admin/tasks/search?id=any', made.key),
      get('/admin/queues', made.key),
      get('/api/video/tasks?all=true', made.key),
    ])
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(answers.map(() => 403))
  })

  test.each([
    ['an unknown one', `sk-reelay-${'a'.repeat(43)}`],
    ['one that is too short', 'sk-reelay-abc'],
    ['one of another kind', 'sk-proj-abc'],
  ])('as %s nobody gets in', async (_, key) => {
    expect((await get('/api/video/tasks', key)).statusCode).toBe(401)
  })

  test('in an address nobody gets in', async () => {
    const key = await aKey(await api.aUser())
    const feed = await openFeed(await api.listen(), { query: { token: key } })
    expect(feed.status).toBe(401)
  })
})

describe('a key that was revoked', () => {
  test('opens nothing within 5 s, and ends the feeds that it opened', async () => {
    const origin = await api.listen()
    const user = await api.aUser()
    const { key, id } = (await user.post('/api/keys', { name: 'short' })).json().data
    const { ticket } = (await post('/api/sse/tickets', key, {})).json().data
    const feeds = [await openFeed(origin, { token: key }), await openFeed(origin, { query: { ticket } })]
    const own = await openFeed(origin, { token: user.token })
    expect(feeds.map(({ status }) => status)).toEqual([200, 200])

    expect((await remove(user.token, id)).statusCode).toBe(200)
    await expect.poll(async () => (await get('/api/video/tasks', key)).statusCode).toBe(401)
    await expect.poll(() => feeds.map((feed) => feed.outcome())).toEqual(['ended', 'ended'])
    expect(own.outcome()).toBe('open')
    expect((await remove(user.token, id)).json()).toMatchObject({ code: 'key_not_found' })
  })

  test('by its time opens nothing either', async () => {
    const user = await api.aUser()
    const { key, id } = (await user.post('/api/keys', { name: 'over' })).json().data
    await api.db
      .update(apiKeys)
      .set({ expiresAt: new Date(Date.now() - 1000) })
      .where(eq(apiKeys.id, id))
    expect((await get('/api/video/tasks', key)).statusCode).toBe(401)
  })
})

async function aKey(user: TestUser, of: { scopes?: Scope[] } = {}): Promise<string> {
  const made = await user.post('/api/keys', { name: 'a key', ...of })
  return made.json().data.key
}

function get(url: string, key: string) {
  return api.app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${key}` } })
}

function post(url: string, key: string, payload: object) {
  return api.app.inject({ method: 'POST', url, payload, headers: { authorization: `Bearer ${key}` } })
}

function remove(token: string, id: string) {
  const headers = { authorization: `Bearer ${token}` }
  return api.app.inject({ method: 'DELETE', url: `/api/keys/${id}`, headers })
}
