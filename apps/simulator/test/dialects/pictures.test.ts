import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { DialectName } from '../../src/dialects/all.ts'
import { aConversation, form } from './conversation.ts'

type Way = [DialectName, string, path: string, (picture: Buffer) => object]

const prompt = 'a kite'
const model = 'openai/sora-2'
const signature = Buffer.from('89504e470d0a1a0a', 'hex')

const ways: Way[] = [
  ['openai', 'file', '/videos', (picture) => form({ prompt, input_reference: fileOf(picture) })],
  [
    'openai',
    'data URL',
    '/videos',
    (picture) => ({ prompt, input_reference: { image_url: urlOf(picture) } }),
  ],
  ['azure', 'file', '/videos', (picture) => form({ prompt, input_reference: fileOf(picture) })],
  ['litellm', 'file', '/videos', (picture) => form({ prompt, input_reference: fileOf(picture) })],
  ['bifrost', 'data URL', '/videos', (picture) => ({ prompt, model, input_reference: urlOf(picture) })],
  ['new-api', 'data URL', '/videos', (picture) => ({ prompt, model, images: [urlOf(picture)] })],
  ['new-api', 'data URL in a form', '/videos', (picture) => form({ prompt, model, image: urlOf(picture) })],
  ['sora-relay', 'file', '/videos', (picture) => form({ prompt, model, input_reference: fileOf(picture) })],
  ['vllm-omni', 'file', '/videos', (picture) => form({ prompt, input_reference: fileOf(picture) })],
  [
    'vllm-omni',
    'data URL in a form',
    '/videos',
    (picture) => form({ prompt, image_reference: JSON.stringify({ image_url: urlOf(picture) }) }),
  ],
  ['sglang', 'file', '/videos', (picture) => form({ prompt, input_reference: fileOf(picture) })],
  ['sglang', 'data URL', '/videos', (picture) => ({ prompt, reference_url: urlOf(picture) })],
  ['trtllm', 'file', '/videos', (picture) => form({ prompt, input_reference: fileOf(picture) })],
  [
    'trtllm',
    'base64',
    '/videos',
    (picture) => ({
      prompt,
      image_reference: { content: picture.toString('base64'), format: 'base64', role: 'first_frame' },
    }),
  ],
  [
    'openrouter',
    'data URL',
    '/videos',
    (picture) => ({
      ...{ prompt, model },
      frame_images: [{ type: 'image_url', image_url: { url: urlOf(picture) }, frame_type: 'first_frame' }],
    }),
  ],
  [
    'xai',
    'data URL',
    '/videos/generations',
    (picture) => ({ prompt, model, image: { url: urlOf(picture) } }),
  ],
]

test.each(ways)('%s notes every byte of a picture that comes as %s', async (dialect, _how, path, body) => {
  const { post, bill } = await aConversation(dialect)
  const pictures = [0, 1, 2].map((more) => Buffer.concat([signature, randomBytes(1024 * 1024 + more)]))
  for (const picture of pictures) expect((await post(path, body(picture))).status).toBeLessThan(300)
  expect((await bill()).jobs[0]?.made.map(({ picture }) => picture)).toMatchObject(
    pictures.map((picture) => ({ type: 'image/png', bytes: picture.length, sha256: hashOf(picture) })),
  )
})

const clipWays: [DialectName, string, path: string, (clip: Buffer) => object][] = [
  ['openai', 'file', '/videos/edits', (clip) => form({ prompt, video: clipOf(clip) })],
  ['azure', 'file', '/videos/edits', (clip) => form({ prompt, video: clipOf(clip) })],
  ['litellm', 'file', '/videos/edits', (clip) => form({ prompt, video: clipOf(clip) })],
  ['vllm-omni', 'file', '/videos', (clip) => form({ prompt, input_reference: clipOf(clip) })],
  ['sglang', 'file', '/videos', (clip) => form({ prompt, video_reference: clipOf(clip) })],
  ['trtllm', 'file', '/videos', (clip) => form({ prompt, video_reference: clipOf(clip) })],
  [
    'trtllm',
    'base64',
    '/videos',
    (clip) => ({ prompt, video_reference: { content: clip.toString('base64'), format: 'base64' } }),
  ],
]

test.each(clipWays)('%s notes every byte of a clip that comes as %s', async (dialect, _how, path, body) => {
  const { post, bill } = await aConversation(dialect)
  const clip = Buffer.concat([Buffer.from('\0\0\0\x08ftyp'), randomBytes(2 * 1024 * 1024 + 1)])
  expect((await post(path, body(clip))).status).toBeLessThan(300)
  expect((await bill()).jobs[0]?.made[0]?.clip).toMatchObject({
    ...{ type: 'video/mp4', bytes: clip.length, sha256: hashOf(clip) },
  })
})

const cutShort: [string, string][] = [
  ['a group too few', 'data:image/png;base64,iVBORw0'],
  ['a sign that is none', 'data:image/png;base64,iVBORw0K*A=='],
  ['its end in the middle', 'data:image/png;base64,iVBORw==iVBORw=='],
]

test.each(cutShort)('base64 with %s is no picture', async (_what, url) => {
  const { post, bill } = await aConversation('xai')
  expect((await post('/videos/generations', { prompt, model, image: { url } })).status).toBe(400)
  expect((await bill()).total).toBe(0)
})

function fileOf(picture: Buffer): File {
  return new File([new Uint8Array(picture)], 'a.png', { type: 'image/png' })
}

function clipOf(clip: Buffer): File {
  return new File([new Uint8Array(clip)], 'a.mp4', { type: 'video/mp4' })
}

function urlOf(picture: Buffer): string {
  return `data:image/png;base64,${picture.toString('base64')}`
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
