import { expect, test } from 'vitest'
import type { DialectName } from '../../src/dialects/all.ts'
import { aConversation } from './conversation.ts'
import { expected } from './expected.ts'
import { aVideo, pathOf } from './making.ts'

test('openrouter gives a video up as expired, and xai too', async () => {
  const openrouter = await aConversation('openrouter')
  const id = await aVideo(openrouter, 'openrouter', '[fault:expire]')
  expect((await openrouter.get(`/videos/${id}`)).body).toMatchObject({
    status: 'expired',
    error: expect.any(String),
  })

  const xai = await aConversation('xai')
  const request = await aVideo(xai, 'xai', '[fault:expire]')
  expect((await xai.get(`/videos/${request}`)).body).toEqual({ status: 'expired' })
})

test('openrouter wants the key for a clip, unless its address is signed', async () => {
  const { post, get } = await aConversation('openrouter')
  const { body } = await post('/videos', { model: 'm', prompt: '[fault:signed_url]' })
  const { unsigned_urls, urls } = (await get(`/videos/${body.id}`)).body
  const statuses = []
  for (const url of [unsigned_urls[0], urls[0]]) statuses.push((await fetch(url)).status)
  expect(statuses).toEqual([401, 200])
})

test('openrouter says of a clip that it is gone', async () => {
  const { post, get } = await aConversation('openrouter')
  const { body } = await post('/videos', { model: 'm', prompt: '[fault:clip_expired]' })
  expect((await get(`/videos/${body.id}/content`)).status).toBe(410)
})

test('xai answers a young request with nothing at all', async () => {
  const conversation = await aConversation('xai', { script: { queuedMs: 3_600_000, renderMs: 0 } })
  const { status, response } = await conversation.get(`/videos/${await aVideo(conversation, 'xai')}`)
  expect([status, await response.text()]).toEqual([202, ''])
})

test('xai may show a clip without a status', async () => {
  const conversation = await aConversation('xai')
  const { body } = await conversation.get(`/videos/${await aVideo(conversation, 'xai', '[fault:no_status]')}`)
  expect(body).not.toHaveProperty('status')
  expect((await conversation.get(body.video.url)).status).toBe(200)
})

test.each<DialectName>(['xai', 'bifrost', 'sora-relay'])(
  'a clip of %s is not at its address',
  async (dialect) => {
    const conversation = await aConversation(dialect)
    const id = await aVideo(conversation, dialect, '[fault:empty]')
    const { body } = await conversation.get(pathOf(id))
    expect((await conversation.get(expected[dialect].clip(body, id))).status).toBe(404)
  },
)

test('sora-relay takes no key with Bearer', async () => {
  const { simulator } = await aConversation('sora-relay')
  const { status } = await fetch(`${simulator.url}/videos/vid-1`, {
    headers: { authorization: 'Bearer sk-test' },
  })
  expect(status).toBe(401)
})

test('sora-relay may complete a video without an address', async () => {
  const conversation = await aConversation('sora-relay')
  const id = await aVideo(conversation, 'sora-relay', '[fault:no_url]')
  expect((await conversation.get(`/videos/${id}`)).body).toEqual({ id, status: 'completed', progress: 100 })
})
