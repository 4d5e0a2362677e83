import { expect, test, vi } from 'vitest'
import { stopClock } from '../simulation.ts'
import { aConversation, form } from './conversation.ts'

const keys = [
  { key: 'sk-test', name: 'first' },
  { key: 'sk-other', name: 'second' },
]
const never = { queuedMs: 3_600_000, renderMs: 0 }

test('a video of one key is unknown to another, and the bill counts who asked', async () => {
  const { post, get, call, bill } = await aConversation('openai', { keys })
  const { body } = await post('/videos', { prompt: 'a kite' })
  const other = 'sk-other'
  expect((await get(`/videos/${body.id}`, other)).status).toBe(404)
  expect((await get(`/videos/${body.id}/content`, other)).status).toBe(404)
  expect((await call('DELETE', `/videos/${body.id}`, undefined, other)).status).toBe(404)
  expect((await post(`/videos/${body.id}/remix`, { prompt: 'x' }, other)).status).toBe(404)
  expect((await get('/videos', other)).body.data).toEqual([])
  expect((await get(`/videos/${body.id}`)).status).toBe(200)

  expect(await bill()).toMatchObject({ total: 1, mistakes: { otherKey: 4, unknownSource: 1, unknownKey: 0 } })
})

test('keys that are not isolated see each other’s videos, and the bill still counts it', async () => {
  const { post, get, bill } = await aConversation('openrouter', { keys, isolateKeys: false })
  const { body } = await post('/videos', { model: 'm', prompt: 'a kite' })
  expect((await get(`/videos/${body.id}`, 'sk-other')).status).toBe(200)
  expect((await bill()).mistakes.otherKey).toBe(1)
})

test('the bill says which key made what, and never the key', async () => {
  const { post, bill, admin } = await aConversation('openai', { keys: [...keys, { key: 'sk-nameless' }] })
  await post('/videos', { prompt: 'a kite' })
  await post('/videos', { prompt: 'a kite' }, 'sk-other')
  await post('/videos', { prompt: 'a kite' }, 'sk-nameless')
  const read = await bill()
  const hash = expect.stringMatching(/^[0-9a-f]{8}$/)
  expect(read.jobs[0]?.made.map(({ key }) => key)).toEqual(['first', 'second', hash])
  expect(read.keys).toMatchObject([
    { name: 'first', made: 1 },
    { name: 'second', made: 1 },
    { name: hash, made: 1 },
  ])
  const shown = JSON.stringify([read, await admin('GET', '/requests'), await admin('GET', '/keys')])
  expect(shown).not.toMatch(/sk-/)
})

test('the request log names the key of each request', async () => {
  const { get, admin } = await aConversation('openai', { keys })
  await get('/videos', 'sk-other')
  await get('/videos', 'sk-wrong')
  expect(await admin('GET', '/requests')).toMatchObject([{ key: 'second' }, { key: null, status: 401 }])
})

test('a revoked key opens nothing until it is given back', async () => {
  const { get, admin, bill } = await aConversation('openai', { keys })
  await admin('PATCH', '/keys/first', { revoked: true })
  expect((await get('/videos')).status).toBe(401)
  expect((await get('/videos', 'sk-other')).status).toBe(200)
  await admin('PATCH', '/keys/first', { revoked: false })
  expect((await get('/videos')).status).toBe(200)
  expect(await bill()).toMatchObject({
    mistakes: { revokedKey: 1, unknownKey: 0 },
    keys: [{ name: 'first', requests: 1, refused: 1 }, { refused: 0 }],
  })
})

test('a key can be added while the simulator runs', async () => {
  const { get, admin } = await aConversation('openai')
  expect((await get('/videos', 'sk-new')).status).toBe(401)
  await admin('POST', '/keys', { key: 'sk-new', name: 'new' })
  expect((await get('/videos', 'sk-new')).status).toBe(200)
})

test('a key that is there already, or not at all, is said so by name', async () => {
  const { simulator } = await aConversation('openai')
  const headers = { 'content-type': 'application/json' }
  const send = (method: string, path: string, body: object) =>
    fetch(`${simulator.adminUrl}/keys${path}`, { method, headers, body: JSON.stringify(body) })
  expect((await send('POST', '', { key: 'sk-x', name: 'first' })).status).toBe(400)
  expect((await send('PATCH', '/nobody', { revoked: true })).status).toBe(404)
  expect((await send('PATCH', '/first', { maxRuning: 1 })).status).toBe(400)
})

test('azure makes two videos of a key at a time, and then says so without a code', async () => {
  const script = { queuedMs: 1000, renderMs: 0 }
  const { post, bill } = await aConversation('azure', { keys, script })
  stopClock()
  const create = (prompt: string, key?: string) => post('/videos', form({ prompt }), key)
  expect([(await create('one')).status, (await create('two')).status]).toEqual([200, 200])
  expect(await create('three')).toMatchObject({
    status: 429,
    body: { error: { code: null, message: expect.stringContaining('Too many running tasks') } },
  })
  expect((await create('another’s', 'sk-other')).status).toBe(200)

  vi.advanceTimersByTime(1001)
  expect((await create('three')).status).toBe(200)
  expect((await bill()).keys).toMatchObject([
    { name: 'first', made: 3, mostRunning: 2, limited: 1 },
    { made: 1 },
  ])
})

test('a key may have more or less running than the others', async () => {
  const { post, admin } = await aConversation('openai', { keys, script: never })
  await admin('PATCH', '/keys/first', { maxRunning: 1 })
  const statuses = []
  for (const key of ['sk-test', 'sk-test', 'sk-other', 'sk-other']) {
    statuses.push((await post('/videos', { prompt: 'a kite' }, key)).status)
  }
  expect(statuses).toEqual([200, 429, 200, 200])
})

test('an azure key without a limit has none', async () => {
  const { post, admin } = await aConversation('azure', { script: never })
  await admin('PATCH', '/keys/first', { maxRunning: null })
  const statuses = []
  for (let i = 0; i < 3; i++) statuses.push((await post('/videos', form({ prompt: `${i}` }))).status)
  expect(statuses).toEqual([200, 200, 200])
})

test('a key’s rate is one of a sliding minute', async () => {
  const limited = [{ key: 'sk-test', name: 'first', submitsPerMinute: 2 }]
  const { post } = await aConversation('openai', { keys: limited })
  stopClock()
  const create = () => post('/videos', { prompt: 'a kite' })
  await create()
  vi.advanceTimersByTime(20_000)
  await create()
  const refused = await create()
  expect([refused.status, refused.response.headers.get('retry-after')]).toEqual([429, '40'])
  vi.advanceTimersByTime(40_000)
  expect((await create()).status).toBe(200)
})

test('a server without keys bills nobody', async () => {
  const { post, bill } = await aConversation('trtllm')
  await post('/videos', { prompt: 'a kite' })
  expect((await bill()).jobs[0]?.made[0]?.key).toBeNull()
})

test('the dialect is changed while the simulator runs, and with it the place of the API', async () => {
  const { simulator, post, get, admin } = await aConversation('openai')
  const { body } = await post('/videos', { prompt: 'a kite' })
  expect(await admin('GET', '/dialect')).toEqual({ name: 'openai' })
  await admin('PUT', '/dialect', { name: 'openrouter' })
  expect(new URL(simulator.url).pathname).toBe('/api/v1')
  expect((await get(`/videos/${body.id}`)).body).toMatchObject({
    status: 'completed',
    polling_url: expect.any(String),
  })
  expect((await get(`${new URL(simulator.url).origin}/v1/videos/${body.id}`)).body).toMatchObject({
    error: { code: 404, metadata: {} },
  })
})

test('all dialects are at one place when it is given', async () => {
  const { simulator, get, admin } = await aConversation('openai', { prefix: '/anywhere' })
  await admin('PUT', '/dialect', { name: 'sglang' })
  expect(new URL(simulator.url).pathname).toBe('/anywhere')
  expect(await get('/videos/x')).toMatchObject({ status: 404, body: { detail: expect.any(String) } })
})

test('a reset gives back the keys and the dialect that the simulator began with', async () => {
  const { admin, get, post } = await aConversation('openai', { keys, script: never })
  await post('/videos', { prompt: 'a kite' })
  await admin('PATCH', '/keys/first', { revoked: true })
  await admin('PUT', '/dialect', { name: 'xai' })
  await admin('POST', '/reset')
  expect((await get('/videos')).body).toMatchObject({ object: 'list', data: [] })
  expect(await admin('GET', '/keys')).toMatchObject([{ made: 0, running: 0, requests: 1 }, {}])
})
