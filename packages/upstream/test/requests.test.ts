import { Readable } from 'node:stream'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { describe, expect, test } from 'vitest'
import { createEndpoint, type UpstreamOptions } from '../src/endpoint.ts'
import { type SubmitRequest, submissionOf } from '../src/requests/submission.ts'
import { wholeOf } from './attachments.ts'
import { aDialect, builtInDialect, KEY } from './upstream.ts'

const first: SubmitRequest = { prompt: 'a heron', model: 'sora-2', size: '1280x720', seconds: '8' }
const byId: SubmitRequest = { ...first, source: { id: 'src 1' as ExternalTaskId } }
const byUrl: SubmitRequest = { ...first, source: { url: 'https://clips.example/1.mp4?sig=2' } }
const form = 'form'
const json = 'json'
const bearer = `Bearer ${KEY}`

type Row = [dialect: string, path: string, key: string | undefined, encoding: string, body: object]

describe('a first video is asked for in', () => {
  const asked = { prompt: 'a heron', model: 'sora-2', size: '1280x720', seconds: '8' }
  test.each<Row>([
    ['openai', '/v1/videos', bearer, form, asked],
    ['azure', '/v1/videos', KEY, form, asked],
    ['litellm', '/v1/videos', bearer, json, asked],
    ['bifrost', '/v1/videos', bearer, json, asked],
    ['new-api', '/v1/videos', bearer, json, asked],
    ['sora-relay', '/v1/videos', KEY, form, { prompt: 'a heron', model: 'sora-2-landscape-8s' }],
    ['sglang', '/v1/videos', bearer, json, { ...asked, seconds: 8 }],
    [
      'openrouter',
      '/v1/videos',
      bearer,
      json,
      { prompt: 'a heron', model: 'sora-2', size: '1280x720', duration: 8 },
    ],
    [
      'xai',
      '/v1/videos/generations',
      bearer,
      json,
      { prompt: 'a heron', model: 'sora-2', resolution: '720p', aspect_ratio: '16:9', duration: 8 },
    ],
  ])('%s by POST %s', async (dialect, path, key, encoding, body) => {
    expect(await sent(first, { dialect: builtInDialect(dialect) })).toEqual({ path, key, encoding, body })
  })

  const unnamed = { ...first, model: null }
  test.each<Row>([
    ['vllm-omni', '/v1/videos', bearer, form, { prompt: 'a heron', size: '1280x720', seconds: '8' }],
    ['trtllm', '/v1/videos', undefined, json, { prompt: 'a heron', size: '1280x720', seconds: 8 }],
  ])('%s by POST %s, without a model', async (dialect, path, key, encoding, body) => {
    expect(await sent(unnamed, { dialect: builtInDialect(dialect) })).toEqual({ path, key, encoding, body })
  })

  test('a dialect that wants a length gets one that nobody asked for', async () => {
    const dialect = builtInDialect('vllm-omni')
    expect((await sent({ prompt: 'a heron' }, { dialect })).body).toEqual({ prompt: 'a heron', seconds: '4' })
  })
})

describe('a video from an earlier one is asked for in', () => {
  const said = { prompt: 'a heron' }
  test.each<[...Row, SubmitRequest]>([
    ['openai', '/v1/videos/src%201/remix', bearer, json, said, byId],
    ['azure', '/v1/videos/src%201/remix', KEY, form, said, byId],
    ['litellm', '/v1/videos/src%201/remix', bearer, json, said, byId],
    ['bifrost', '/v1/videos/src%201/remix', bearer, json, said, byId],
    ['new-api', '/v1/videos/src%201/remix', bearer, json, said, byId],
    ['sora-relay', '/v1/videos/src%201/remix', KEY, json, { ...said, model: 'sora-2' }, byId],
    [
      'openrouter',
      '/v1/videos',
      bearer,
      json,
      { ...said, previous_job_id: 'src 1', model: 'sora-2', size: '1280x720', duration: 8 },
      byId,
    ],
    [
      'xai',
      '/v1/videos/edits',
      bearer,
      json,
      { ...said, model: 'sora-2', video: { url: 'https://clips.example/1.mp4?sig=2' } },
      byUrl,
    ],
    [
      'sglang',
      '/v1/videos',
      bearer,
      json,
      {
        ...said,
        video_url: 'https://clips.example/1.mp4?sig=2',
        ...{ model: 'sora-2', size: '1280x720', seconds: 8 },
      },
      byUrl,
    ],
  ])('%s by POST %s', async (dialect, path, key, encoding, body, request) => {
    expect(await sent(request, { dialect: builtInDialect(dialect) })).toEqual({ path, key, encoding, body })
  })

  test.each<[string, SubmitRequest]>([
    ['vllm-omni', byId],
    ['vllm-omni', byUrl],
    ['sglang', byId],
    ['trtllm', byId],
    ['xai', byId],
    ['openai', byUrl],
  ])('%s not at all', (dialect, request) => {
    const endpoint = anEndpoint({ dialect: builtInDialect(dialect) })
    expect(() => submissionOf(request, endpoint)).toThrow('upstream makes a video from an earlier one by')
  })

  test('the first way that fits', async () => {
    const derive = [
      { verb: 'extend', path: '/longer', source: 'id-in-body', field: 'video.id' },
      { verb: 'edit', path: '/by-url', source: 'url', field: 'clip' },
      { verb: 'edit', path: '/by-id', encoding: 'multipart', source: 'id-in-body', field: 'video.id' },
      { verb: 'remix', path: '/{id}/remix', source: 'id-in-path' },
    ]
    const { path, body } = await sent(byId, { dialect: aDialect({ derive }) })
    expect({ path, body }).toEqual({ path: '/v1/by-id', body: { prompt: 'a heron', 'video[id]': 'src 1' } })
    const both = { ...byId, source: { ...byId.source, ...byUrl.source } }
    expect(await sent(both, { dialect: aDialect({ derive }) })).toMatchObject({ path: '/v1/by-url' })
    const edit = { ...both, source: { ...both.source, kind: 'edit' as const } }
    expect(await sent(edit, { dialect: aDialect({ derive }) })).toMatchObject({ path: '/v1/by-url' })
    const longer = { ...both, source: { ...both.source, kind: 'extension' as const } }
    expect(await sent(longer, { dialect: aDialect({ derive }) })).toMatchObject({ path: '/v1/longer' })
  })
})

describe('an edit and an extension are asked for in', () => {
  const clip = { name: 'clip.mp4', type: 'video/mp4', bytes: 3, open: async () => Readable.from(['mp4']) }
  const edit = (source: object) => ({ ...first, source: { kind: 'edit' as const, ...source } })
  const longer = (source: object) => ({ ...first, source: { kind: 'extension' as const, ...source } })
  const id = { id: 'src 1' as ExternalTaskId }
  const url = { url: 'https://clips.example/1.mp4' }
  const edits = '/v1/videos/edits'
  const extensions = '/v1/videos/extensions'
  const said = { prompt: 'a heron' }
  const named = { ...said, video: { id: 'src 1' } }
  const whole = { ...said, video: expect.any(File) }

  test.each<[...Row, SubmitRequest]>([
    ['openai', edits, bearer, json, named, edit(id)],
    ['openai', edits, bearer, json, named, edit({ ...id, clip })],
    ['openai', edits, bearer, form, whole, edit({ clip })],
    ['openai', extensions, bearer, json, { ...named, seconds: '8' }, longer(id)],
    ['openai', extensions, bearer, form, { ...whole, seconds: '8' }, longer({ clip })],
    ['azure', edits, KEY, json, named, edit(id)],
    ['azure', edits, KEY, form, whole, edit({ clip })],
    ['azure', extensions, KEY, json, { ...named, seconds: '8' }, longer(id)],
    ['azure', extensions, KEY, form, { ...whole, seconds: '8' }, longer({ clip })],
    ['litellm', edits, bearer, json, named, edit(id)],
    ['litellm', edits, bearer, form, whole, edit({ clip })],
    ['litellm', extensions, bearer, json, { ...named, seconds: '8' }, longer(id)],
    ['xai', edits, bearer, json, { ...said, model: 'sora-2', video: url }, edit(url)],
    ['xai', extensions, bearer, json, { ...said, model: 'sora-2', duration: 8, video: url }, longer(url)],
  ])('%s by POST %s', async (dialect, path, key, encoding, body, request) => {
    expect(await sent(request, { dialect: builtInDialect(dialect) })).toEqual({ path, key, encoding, body })
  })

  const remixers = ['bifrost', 'new-api', 'sora-relay', 'vllm-omni', 'sglang', 'trtllm', 'openrouter']
  test.each<[string, string, SubmitRequest]>([
    ...remixers.map((each) => [each, 'upstream makes no edits', edit({ ...id, ...url, clip })] as never),
    ...remixers.map(
      (each) => [each, 'upstream makes no extensions', longer({ ...id, ...url, clip })] as never,
    ),
    ['litellm', 'upstream makes an extension of an earlier video by its id only', longer({ clip })],
    ['xai', 'upstream makes an edit of an earlier video by an address of its clip only', edit({ clip })],
  ])('%s not at all: %s', (dialect, why, request) => {
    const endpoint = anEndpoint({ dialect: builtInDialect(dialect) })
    expect(() => submissionOf(request, endpoint)).toThrow(why)
  })
})

test('upstream’s name of a model is sent for ours', async () => {
  const models = { 'sora-2': 'fleet-a', 'sora-2-pro': 'fleet-b' }
  expect(await sent(first, { models })).toMatchObject({ body: { model: 'fleet-a' } })
  expect(await sent({ ...first, model: 'other' }, { models })).toMatchObject({ body: { model: 'other' } })
  const dialect = aDialect({ models })
  expect(await sent(first, { dialect })).toMatchObject({ body: { model: 'fleet-a' } })
  expect(await sent(first, { dialect, models: {} })).toMatchObject({ body: { model: 'sora-2' } })
})

test('what a model’s name says already is not said again', async () => {
  const dialect = builtInDialect('sora-relay')
  const model = 'otter-portrait-10s'
  const portrait = { prompt: 'a heron', model, size: '720x1280', seconds: '10' }
  expect((await sent(portrait, { dialect })).body).toEqual({ prompt: 'a heron', model })
  const plain = { prompt: 'a heron', model: 'otter-portrait', seconds: '10' }
  expect((await sent(plain, { dialect })).body).toEqual({ prompt: 'a heron', model })
})

test('a custom dialect says things in its own places', async () => {
  const dialect = aDialect({
    ...{ auth: 'header', authHeader: 'X-Loom-Key', headers: { 'X-Loom-Version': '3' } },
    create: { path: '/looms/new', encoding: 'json' },
    fields: {
      prompt: { name: 'input.text' },
      model: { name: 'input.engine' },
      seconds: { name: 'options[0].length', type: 'number' },
      size: { as: 'resolution-and-ratio', resolutionName: 'options[0].lines', ratioName: 'options[0].shape' },
    },
  })
  const post = await submissionOf(first, anEndpoint({ dialect }))
  expect(post.headers).toMatchObject({ 'x-loom-key': KEY, 'X-Loom-Version': '3' })
  expect(post.headers).not.toHaveProperty('authorization')
  expect(JSON.parse(String(await wholeOf(post.body)))).toEqual({
    input: { text: 'a heron', engine: 'sora-2' },
    options: [{ length: 8, lines: '720p', shape: '16:9' }],
  })
})

function anEndpoint(options: Partial<UpstreamOptions>) {
  return createEndpoint({
    ...{ baseUrl: 'https://up.example/v1/', apiKey: KEY, dialect: aDialect() },
    ...{ submitTimeoutMs: 1000, pollTimeoutMs: 1000, sendWindowMs: 1000 },
    ...options,
  })
}

/** A request as upstream reads it. */
async function sent(request: SubmitRequest, options: Partial<UpstreamOptions> = {}) {
  const { path, headers, body } = await submissionOf(request, anEndpoint(options))
  const { 'content-type': type = '', authorization, 'api-key': key } = headers
  const read = new Response(await wholeOf(body), { headers: { 'content-type': type } })
  const isForm = type.startsWith('multipart/form-data; boundary=')
  if (!isForm) expect(type).toBe('application/json')
  return {
    path,
    key: authorization ?? key,
    encoding: isForm ? form : json,
    body: isForm ? Object.fromEntries(await read.formData()) : await read.json(),
  }
}
