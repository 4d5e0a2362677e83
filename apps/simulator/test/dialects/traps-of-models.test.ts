import { expect, test, vi } from 'vitest'
import type { DialectName } from '../../src/dialects/all.ts'
import { stopClock } from '../simulation.ts'
import { aConversation, form } from './conversation.ts'
import { aVideo, create, pathOf } from './making.ts'

test('vllm-omni answers a poll of a failed video with the status of its error', async () => {
  const { post, get } = await aConversation('vllm-omni')
  const { body } = await post('/videos', form({ prompt: '[fault:fail=404]' }))
  expect(await get(`/videos/${body.id}`)).toMatchObject({
    status: 404,
    body: { id: body.id, status: 'failed', error: { code: 404 } },
  })
  expect((await get(`/videos/${body.id}/content`)).status).toBe(422)
})

test.each<[DialectName]>([['vllm-omni'], ['sglang']])(
  '%s lists nothing after an id it doesn’t know',
  async (dialect) => {
    const conversation = await aConversation(dialect)
    await create(conversation, dialect, 'a kite')
    const { status, body } = await conversation.get('/videos?after=unknown')
    expect([status, body.data]).toEqual([200, []])
  },
)

test.each<[DialectName, boolean]>([
  ['vllm-omni', true],
  ['trtllm', true],
  ['bifrost', true],
  ['sglang', false],
])('%s deletes a running video; that it then rests: %s', async (dialect, rests) => {
  const conversation = await aConversation(dialect, { script: { queuedMs: 0, renderMs: 3_600_000 } })
  const id = await aVideo(conversation, dialect)
  expect((await conversation.call('DELETE', pathOf(id))).status).toBe(200)
  expect((await conversation.get(pathOf(id))).status).toBe(404)
  expect((await conversation.bill()).keys[0]?.running).toBe(rests ? 0 : 1)
})

test('vllm-omni may not be sure whether it cancelled', async () => {
  const { post, call, get } = await aConversation('vllm-omni')
  const { body } = await post('/videos', form({ prompt: '[fault:delete_unsure]' }))
  expect(await call('DELETE', `/videos/${body.id}`)).toMatchObject({
    status: 409,
    body: { detail: expect.any(String) },
  })
  expect((await get(`/videos/${body.id}`)).status).toBe(404)
})

test.each<[DialectName]>([['vllm-omni'], ['sglang'], ['trtllm']])(
  '%s in pods answers a third of the polls',
  async (dialect) => {
    const conversation = await aConversation(dialect)
    const id = await aVideo(conversation, dialect, '[fault:pods]')
    const statuses = []
    for (let i = 0; i < 6; i++) statuses.push((await conversation.get(`/videos/${id}`)).status)
    expect(statuses).toEqual([404, 404, 200, 404, 404, 200])
  },
)

test('a server that is restarted knows its videos no more, and they stay paid', async () => {
  const conversation = await aConversation('sglang')
  const id = await aVideo(conversation, 'sglang')
  await conversation.admin('POST', '/restart')
  expect((await conversation.get(`/videos/${id}`)).status).toBe(404)
  expect((await conversation.bill()).total).toBe(1)
})

test('sglang may have put a clip into a store, where its url is', async () => {
  const { post, get } = await aConversation('sglang')
  const { body } = await post('/videos', { prompt: '[fault:cloud_store]' })
  expect(await get(`/videos/${body.id}/content`)).toMatchObject({
    status: 400,
    body: { detail: expect.any(String) },
  })
  const { url, file_path } = (await get(`/videos/${body.id}`)).body
  expect(file_path).toBeNull()
  expect((await get(url)).response.headers.get('content-type')).toBe('video/mp4')
})

test('sglang may complete a video without keeping its clip', async () => {
  const { post, get } = await aConversation('sglang')
  const { body } = await post('/videos', { prompt: '[fault:empty]' })
  expect((await get(`/videos/${body.id}`)).body.status).toBe('completed')
  expect(await get(`/videos/${body.id}/content`)).toMatchObject({
    status: 404,
    body: { detail: expect.any(String) },
  })
})

test('trtllm lists everything, whatever is asked for', async () => {
  const { post, get } = await aConversation('trtllm')
  for (let i = 0; i < 21; i++) await post('/videos', { prompt: `kite ${i}` })
  for (const query of ['', '?limit=1&after=unknown']) {
    expect((await get(`/videos${query}`)).body.data).toHaveLength(21)
  }
})

test('sglang ends its list with a short page', async () => {
  const { post, get } = await aConversation('sglang')
  for (let i = 0; i < 3; i++) await post('/videos', { prompt: `kite ${i}` })
  const { body } = await get('/videos?limit=2')
  expect(Object.keys(body).toSorted()).toEqual(['data', 'object'])
  const rest = await get(`/videos?limit=2&after=${body.data[1].id}`)
  expect([body.data.length, rest.body.data.length]).toEqual([2, 1])
})

test('trtllm ends with postprocessing', async () => {
  const conversation = await aConversation('trtllm', { script: { queuedMs: 0, renderMs: 1000 } })
  stopClock()
  const id = await aVideo(conversation, 'trtllm')
  vi.advanceTimersByTime(900)
  expect((await conversation.get(`/videos/${id}`)).body).toMatchObject({
    status: 'postprocessing',
    progress: null,
  })
})

test('trtllm may make an AVI', async () => {
  const { post, get } = await aConversation('trtllm')
  const { body } = await post('/videos', { prompt: '[fault:avi]', size: '832x480' })
  const { response } = await get(`/videos/${body.id}/content`)
  expect(response.headers.get('content-type')).toBe('video/x-msvideo')
  const bytes = Buffer.from(await response.arrayBuffer())
  expect(bytes.toString('latin1', 0, 4) + bytes.toString('latin1', 8, 16)).toBe('RIFFAVI LIST')
  expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8)
})
