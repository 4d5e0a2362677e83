import { expect, test } from 'vitest'
import type { DialectName } from '../../src/dialects/all.ts'
import { aConversation, form, png } from './conversation.ts'

const prompt = 'a kite'
const pngUrl = `data:image/png;base64,${Buffer.from('picture').toString('base64')}`
const address = 'https://pictures.example/kite.png?token=secret'
const model = 'openai/sora-2'

const taken: [DialectName, string, path: string, body: () => object, picture: object][] = [
  ['openai', 'a file', '/videos', () => form({ prompt, input_reference: png() }), { bytes: 5 }],
  [
    'openai',
    'an address',
    '/videos',
    () => ({ prompt, input_reference: { image_url: address } }),
    { bytes: null },
  ],
  ['azure', 'a file', '/videos', () => form({ prompt, input_reference: png() }), { type: 'image/png' }],
  ['litellm', 'a file', '/videos', () => form({ prompt, input_reference: png() }), { type: 'image/png' }],
  ['bifrost', 'a text', '/videos', () => ({ prompt, model, input_reference: pngUrl }), { bytes: 7 }],
  ['new-api', 'a list', '/videos', () => ({ prompt, model: 'm', images: [pngUrl] }), { bytes: 7 }],
  ['new-api', 'a text of a form', '/videos', () => form({ prompt, model: 'm', image: pngUrl }), { bytes: 7 }],
  [
    'sora-relay',
    'a file',
    '/videos',
    () => form({ prompt, model: 'm', input_reference: png() }),
    { bytes: 5 },
  ],
  ['vllm-omni', 'a file', '/videos', () => form({ prompt, input_reference: png() }), { bytes: 5 }],
  [
    'vllm-omni',
    'JSON in a form',
    '/videos',
    () => form({ prompt, image_reference: JSON.stringify({ image_url: pngUrl }) }),
    { bytes: 7 },
  ],
  ['sglang', 'a file', '/videos', () => form({ prompt, input_reference: png() }), { bytes: 5 }],
  ['sglang', 'an address', '/videos', () => ({ prompt, reference_url: pngUrl }), { bytes: 7 }],
  [
    'sglang',
    'a clip without type and name',
    '/videos',
    () => form({ prompt, input_reference: new File(['clip'], 'clip') }),
    { bytes: 4 },
  ],
  ['trtllm', 'a file', '/videos', () => form({ prompt, input_reference: png() }), { type: 'image/png' }],
  [
    'trtllm',
    'an object',
    '/videos',
    () => ({ prompt, image_reference: { content: 'iVBORwE=', format: 'base64', role: 'first_frame' } }),
    { type: 'image/png', bytes: 5 },
  ],
  [
    'openrouter',
    'a frame',
    '/videos',
    () => ({
      model,
      prompt,
      frame_images: [{ type: 'image_url', image_url: { url: pngUrl }, frame_type: 'first_frame' }],
    }),
    { bytes: 7 },
  ],
  [
    'xai',
    'an object',
    '/videos/generations',
    () => ({ model, prompt, image: { url: pngUrl } }),
    { bytes: 7 },
  ],
]

test.each(taken)('%s takes a picture as %s', async (dialect, _how, path, body, picture) => {
  const { post, bill } = await aConversation(dialect)
  const { status } = await post(path, body())
  expect(status).toBeLessThan(300)
  expect((await bill()).jobs[0]?.made[0]?.picture).toMatchObject(picture)
})

test('the bill knows a picture’s bytes by their hash, and its address without what may be secret', async () => {
  const { post, bill } = await aConversation('openai')
  await post('/videos', form({ prompt: 'by file', input_reference: png() }))
  await post('/videos', { prompt: 'by address', input_reference: { image_url: address } })
  const [byFile, byAddress] = (await bill()).jobs.map(({ made }) => made[0]?.picture)
  const digest = await crypto.subtle.digest('SHA-256', await png().arrayBuffer())
  expect(byFile?.sha256).toBe(Buffer.from(digest).toString('hex'))
  expect(byAddress?.url).toBe('https://pictures.example/kite.png')
})

const dropped: [DialectName, string, () => object][] = [
  ['new-api', 'a file', () => form({ prompt, model: 'm', input_reference: png() })],
  ['new-api', 'a text of that name in a form', () => form({ prompt, model: 'm', input_reference: pngUrl })],
  ['trtllm', 'a text', () => form({ prompt, input_reference: pngUrl })],
]

test.each(dropped)(
  '%s drops a picture that comes as %s, and makes the video',
  async (dialect, _how, body) => {
    const { post, bill } = await aConversation(dialect)
    expect((await post('/videos', body())).status).toBeLessThan(300)
    expect(await bill()).toMatchObject({ total: 1, jobs: [{ made: [{ picture: null }] }] })
  },
)

const refused: [DialectName, string, path: string, body: () => object, status: number, told: object][] = [
  [
    'azure',
    'a size',
    '/videos',
    () => form({ prompt, size: '720x720' }),
    400,
    { error: { param: 'size', code: null } },
  ],
  [
    'bifrost',
    'a model without provider',
    '/videos',
    () => ({ prompt, model: 'm' }),
    400,
    { error: { param: 'model' } },
  ],
  [
    'bifrost',
    'a picture in an object',
    '/videos',
    () => ({ prompt, model, input_reference: { image_url: pngUrl } }),
    400,
    { error: { param: 'input_reference' } },
  ],
  ['bifrost', 'seconds as a number', '/videos', () => ({ prompt, model, seconds: 8 }), 400, {}],
  ['new-api', 'no model', '/videos', () => ({ prompt }), 400, { code: 'missing_model', data: null }],
  ['new-api', 'no prompt', '/videos', () => ({ model }), 400, { code: 'invalid_request' }],
  [
    'new-api',
    'a size',
    '/videos',
    () => ({ prompt, model: 'sora-2', size: '640x480' }),
    400,
    { code: 'invalid_size' },
  ],
  [
    'sora-relay',
    'a picture that is none',
    '/videos',
    () => form({ prompt, model, input_reference: new File(['x'], 'x.txt', { type: 'text/plain' }) }),
    400,
    { error: { message: expect.stringContaining('10 MB') } },
  ],
  ['vllm-omni', 'JSON', '/videos', () => ({ prompt }), 422, { detail: [{ loc: ['body', 'prompt'] }] }],
  [
    'vllm-omni',
    'seconds with a point',
    '/videos',
    () => form({ prompt, seconds: '8.0' }),
    422,
    { detail: [{ loc: ['body', 'seconds'], msg: expect.any(String), type: expect.any(String) }] },
  ],
  [
    'vllm-omni',
    'another model',
    '/videos',
    () => form({ prompt, model }),
    400,
    { detail: expect.any(String) },
  ],
  [
    'vllm-omni',
    'two references',
    '/videos',
    () => form({ prompt, input_reference: png(), image_reference: JSON.stringify({ image_url: pngUrl }) }),
    400,
    { detail: expect.any(String) },
  ],
  ['sglang', 'a form without a file', '/videos', () => form({ prompt }), 400, { detail: expect.any(String) }],
  ['sglang', 'no prompt', '/videos', () => ({}), 400, { detail: expect.any(String) }],
  ['sglang', 'seconds as a text', '/videos', () => ({ prompt, seconds: '8' }), 422, { detail: [{}] }],
  [
    'trtllm',
    'a name it doesn’t know',
    '/videos',
    () => ({ prompt, style: 'x' }),
    400,
    { object: 'error', code: 400, message: expect.stringContaining('style') },
  ],
  [
    'trtllm',
    'a GIF',
    '/videos',
    () => form({ prompt, input_reference: new File(['x'], 'a.gif', { type: 'image/gif' }) }),
    400,
    { type: 'BadRequestError' },
  ],
  ['openrouter', 'a form', '/videos', () => form({ prompt, model }), 400, { error: { code: 400 } }],
  ['openrouter', 'a duration as a text', '/videos', () => ({ prompt, model, duration: '8' }), 400, {}],
  [
    'openrouter',
    'a size and a resolution',
    '/videos',
    () => ({ prompt, model, size: '1280x720', resolution: '720p' }),
    400,
    { error: { message: expect.stringContaining('size') } },
  ],
  [
    'xai',
    'a size',
    '/videos/generations',
    () => ({ prompt, model, size: '1280x720' }),
    400,
    { code: 'invalid-argument' },
  ],
  ['xai', 'sixteen seconds', '/videos/generations', () => ({ prompt, model, duration: 16 }), 400, {}],
]

test.each(refused)('%s refuses %s', async (dialect, _what, path, body, status, told) => {
  const { post, bill } = await aConversation(dialect)
  expect(await post(path, body())).toMatchObject({ status, body: told })
  expect((await bill()).total).toBe(0)
})

test('unknown names pass where the server ignores them', async () => {
  for (const [dialect, body] of [
    ['sglang', { prompt, style: 'x' }],
    ['openrouter', { prompt, model, provider: { options: { maker: { style: 'x' } } } }],
    ['trtllm', form({ prompt, style: 'x' })],
  ] as const) {
    const { post } = await aConversation(dialect)
    expect((await post('/videos', body)).status, dialect).toBeLessThan(300)
  }
})

test('length and shape are read where each server has them', async () => {
  const soraRelay = await aConversation('sora-relay')
  const { body } = await soraRelay.post('/videos', { prompt, model: 'sora_video2-landscape-15s' })
  const clip = await soraRelay.get((await soraRelay.get(`/videos/${body.id}`)).body.video_url)
  expect(lengthOf(Buffer.from(await clip.response.arrayBuffer()))).toBe(15)

  const xai = await aConversation('xai')
  const made = await xai.post('/videos/generations', { prompt, model, duration: 3 })
  const { video } = (await xai.get(`/videos/${made.body.request_id}`)).body
  expect(lengthOf(Buffer.from(await (await xai.get(video.url)).response.arrayBuffer()))).toBe(3)
})

/** Seconds, as an MP4 file says them. */
function lengthOf(mp4: Buffer): number {
  const movie = mp4.indexOf('mvhd')
  return mp4.readUInt32BE(movie + 20) / mp4.readUInt32BE(movie + 16)
}
