import { expect, test } from 'vitest'
import { checkBody } from './openapi.ts'
import { aSimulation, type ErrorAnswer, key, never, type VideoAnswer } from './simulation.ts'

const invalid = 'invalid_request_error'

test.each([
  ['an empty prompt', { prompt: '' }, 'prompt'],
  ['no prompt', {}, 'prompt'],
  ['a prompt beyond 32000 characters', { prompt: 'x'.repeat(32_001) }, 'prompt'],
  ['an unknown size', { prompt: 'x', size: '1x1' }, 'size'],
  ['seconds as a number', { prompt: 'x', seconds: 4 }, 'seconds'],
  ['seconds that are not offered', { prompt: 'x', seconds: '5' }, 'seconds'],
])('%s is refused by name', async (_name, body, param) => {
  const { request } = await aSimulation()
  const response = await request('POST', '/videos', body)
  const answer = (await response.json()) as ErrorAnswer
  checkBody('/components/schemas/ErrorResponse', answer)
  expect(response.status).toBe(400)
  expect(answer.error).toMatchObject({ type: invalid, param })
})

test.each(['720x720', '1024x1792', '1792x1024', '1080x1920'])('the size %s is accepted', async (size) => {
  const { request } = await aSimulation()
  const response = await request('POST', '/videos', { prompt: 'x', size, seconds: '20' })
  expect(await response.json()).toMatchObject({ size, seconds: '20' })
})

test('a body that is not JSON is refused', async () => {
  const { simulator } = await aSimulation()
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const response = await fetch(`${simulator.url}/videos`, { method: 'POST', headers, body: '{' })
  expect(response.status).toBe(400)
  checkBody('/components/schemas/ErrorResponse', await response.json())
})

test('an unknown route and an unknown video are not found', async () => {
  const { request } = await aSimulation()
  const paths = ['/nothing', '/videos/video_x', '/videos/video_x/content', '/videos?after=video_x']
  for (const path of paths) {
    const response = await request('GET', path)
    expect(response.status).toBe(404)
    checkBody('/components/schemas/ErrorResponse', await response.json())
  }
})

test('an unknown source cannot be remixed, nor an unfinished one', async () => {
  const { client } = await aSimulation({ script: never })
  const { id } = await client.videos.create({ prompt: 'x' })
  await expect(client.videos.remix('video_x', { prompt: 'y' })).rejects.toMatchObject({
    status: 404,
    type: invalid,
  })
  await expect(client.videos.remix(id, { prompt: 'y' })).rejects.toMatchObject({ status: 400, type: invalid })
})

test('an unfinished video has no content and cannot be deleted', async () => {
  const { client } = await aSimulation({ script: never })
  const { id } = await client.videos.create({ prompt: 'x' })
  await expect(client.videos.downloadContent(id)).rejects.toMatchObject({ status: 409 })
  await expect(client.videos.delete(id)).rejects.toMatchObject({ status: 409 })
})

test('a remix takes another model when one is given', async () => {
  const { request, admin } = await aSimulation()
  const { id } = await admin('POST', '/videos', { prompt: 'x' })
  const response = await request('POST', `/videos/${id}/remix`, { prompt: 'y', model: 'sora-2-pro' })
  expect(await response.json()).toMatchObject({ model: 'sora-2-pro', remixed_from_video_id: id })
})

test('a wrong key is refused in the body form of upstream', async () => {
  const { request } = await aSimulation()
  for (const authorization of ['Bearer wrong', key, '']) {
    const response = await request('GET', '/videos', undefined, { authorization })
    const answer = (await response.json()) as ErrorAnswer
    checkBody('/components/schemas/ErrorResponse', answer)
    expect(response.status).toBe(401)
    expect(answer.error).toMatchObject({ type: invalid, code: 'invalid_api_key' })
  }
})

test('an upstream with an api-key header reads no other', async () => {
  const { request } = await aSimulation({ auth: 'api-key' })
  expect((await request('GET', '/videos')).status).toBe(401)
  expect((await request('GET', '/videos', undefined, { 'api-key': key })).status).toBe(200)
})

test('the path /sora takes the raw key and shows the address of the clip', async () => {
  const { simulator, request } = await aSimulation({ prefix: '/sora/v1', auth: 'raw' })
  expect(simulator.url).toMatch(/\/sora\/v1$/)
  expect((await request('GET', '/videos')).status).toBe(401)

  const raw = { authorization: key }
  const created = (await (
    await request('POST', '/videos', { prompt: 'x', model: 'sora-2' }, raw)
  ).json()) as VideoAnswer
  expect(created).not.toHaveProperty('video_url')
  const video = (await (await request('GET', `/videos/${created.id}`, undefined, raw)).json()) as VideoAnswer
  checkBody('/components/schemas/VideoResource', video)
  const clip = await fetch(video.video_url)
  expect(clip.headers.get('content-type')).toBe('video/mp4')
})

test('every answer carries its request id and its time, errors too', async () => {
  const { request } = await aSimulation()
  for (const path of ['/videos', '/videos/video_x']) {
    const { headers } = await request('GET', path)
    expect(headers.get('x-request-id')).toMatch(/^req_/)
    expect(headers.get('openai-processing-ms')).toMatch(/^\d+$/)
  }
})

test('an unfinished video tells when to poll again only if configured', async () => {
  for (const [pollAfterMs, header] of [
    [undefined, null],
    [5000, '5000'],
  ] as const) {
    const { request } = await aSimulation({ script: never, pollAfterMs })
    const { id } = (await (await request('POST', '/videos', { prompt: 'x' })).json()) as VideoAnswer
    const { headers } = await request('GET', `/videos/${id}`)
    expect(headers.get('openai-poll-after-ms')).toBe(header)
  }
})
