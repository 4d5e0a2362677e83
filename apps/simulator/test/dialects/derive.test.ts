import { expect, test } from 'vitest'
import type { DialectName } from '../../src/dialects/all.ts'
import { aConversation, type Conversation, form, type Json, mp4 } from './conversation.ts'
import { expected } from './expected.ts'
import { aVideo } from './making.ts'

interface Made {
  id: string
  clip: string
}
type Derivation = [
  DialectName,
  string,
  (source: Made) => [path: string, body: object],
  by: 'id' | 'url' | 'file',
]

const prompt = 'a kite at night'

const derivations: Derivation[] = [
  ['openai', 'a remix', ({ id }) => [`/videos/${id}/remix`, { prompt }], 'id'],
  ['openai', 'an edit', ({ id }) => ['/videos/edits', { prompt, video: { id } }], 'id'],
  ['openai', 'an edit in a form', ({ id }) => ['/videos/edits', form({ prompt, 'video[id]': id })], 'id'],
  ['openai', 'an edit of a file', () => ['/videos/edits', form({ prompt, video: mp4() })], 'file'],
  [
    'openai',
    'an extension',
    ({ id }) => ['/videos/extensions', { prompt, seconds: '8', video: { id } }],
    'id',
  ],
  ['azure', 'a remix in a form', ({ id }) => [`/videos/${id}/remix`, form({ prompt })], 'id'],
  ['azure', 'an edit', ({ id }) => ['/videos/edits', { prompt, video: { id } }], 'id'],
  ['azure', 'an edit of a file', () => ['/videos/edits', form({ prompt, video: mp4() })], 'file'],
  ['litellm', 'a remix', ({ id }) => [`/videos/${encodeURIComponent(id)}/remix`, { prompt }], 'id'],
  ['litellm', 'an edit', ({ id }) => ['/videos/edits', { prompt, video: { id } }], 'id'],
  ['litellm', 'an edit of a file', () => ['/videos/edits', form({ prompt, video: mp4() })], 'file'],
  [
    'litellm',
    'an extension',
    ({ id }) => ['/videos/extensions', { prompt, seconds: '4', video: { id } }],
    'id',
  ],
  ['bifrost', 'a remix', ({ id }) => [`/videos/${encodeURIComponent(id)}/remix`, { prompt }], 'id'],
  [
    'bifrost',
    'a video of a video’s address',
    ({ clip }) => ['/videos', { prompt, model: 'openai/sora-2', video_uri: clip }],
    'url',
  ],
  ['new-api', 'a remix', ({ id }) => [`/videos/${id}/remix`, { prompt }], 'id'],
  ['new-api', 'a remix in a form', ({ id }) => [`/videos/${id}/remix`, form({ prompt })], 'id'],
  ['sora-relay', 'a remix', ({ id }) => [`/videos/${id}/remix`, { prompt, model: 'sora_video2-15s' }], 'id'],
  ['vllm-omni', 'a clip', () => ['/videos', form({ prompt, input_reference: mp4() })], 'file'],
  [
    'vllm-omni',
    'a clip’s address',
    ({ clip }) => ['/videos', form({ prompt, video_reference: JSON.stringify({ video_url: clip }) })],
    'url',
  ],
  ['sglang', 'a clip', () => ['/videos', form({ prompt, video_reference: mp4() })], 'file'],
  ['sglang', 'a clip as reference', () => ['/videos', form({ prompt, input_reference: mp4() })], 'file'],
  ['sglang', 'a clip’s address', ({ clip }) => ['/videos', { prompt, video_url: clip }], 'url'],
  [
    'sglang',
    'a clip’s address as reference',
    ({ clip }) => ['/videos', { prompt, reference_url: clip }],
    'url',
  ],
  ['trtllm', 'a clip', () => ['/videos', form({ prompt, video_reference: mp4() })], 'file'],
  [
    'trtllm',
    'a clip within JSON',
    () => ['/videos', { prompt, video_reference: { content: btoa('\0\0\0\x08ftyp'), format: 'base64' } }],
    'file',
  ],
  [
    'openrouter',
    'the next part of a job',
    ({ id }) => ['/videos', { model: 'maker/kite-1', prompt, previous_job_id: id }],
    'id',
  ],
  [
    'xai',
    'an edit of a clip’s address',
    ({ clip }) => ['/videos/edits', { model: 'm', prompt, video: { url: clip } }],
    'url',
  ],
  [
    'xai',
    'an extension of it',
    ({ clip }) => ['/videos/extensions', { model: 'm', prompt, duration: 3, video: { url: clip } }],
    'url',
  ],
]

test.each(derivations)('%s makes %s, and the bill says from what', async (dialect, _what, request, by) => {
  const conversation = await aConversation(dialect)
  const source = await aSource(conversation, dialect)
  const [path, body] = request(source)
  const derived = await conversation.post(path, body)
  expect(derived.status).toBe(expected[dialect].created[0])

  const { jobs } = await conversation.bill()
  expect(jobs.find((job) => job.prompt === prompt)).toMatchObject({
    source: by === 'file' ? null : source.id,
    count: 1,
    made: [
      {
        id: expected[dialect].id(derived.body),
        key: dialect === 'trtllm' ? null : 'first',
        sourceBy: by,
        clip: by === 'file' ? { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } : null,
      },
    ],
  })
})

const refusals: [DialectName, string, (source: Made) => [path: string, body: object], status: number][] = [
  ['azure', 'a remix in JSON', ({ id }) => [`/videos/${id}/remix`, { prompt }], 415],
  ['azure', 'a video in JSON', () => ['/videos', { prompt, model: 'sora-2' }], 415],
  [
    'litellm',
    'an extension of a file',
    () => ['/videos/extensions', form({ prompt, seconds: '4', video: mp4() })],
    415,
  ],
  ['bifrost', 'a form', () => ['/videos', form({ prompt, model: 'openai/sora-2' })], 400],
  ['bifrost', 'an edit', ({ id }) => ['/videos/edits', { prompt, video: { id } }], 404],
  ['sora-relay', 'a remix without a model', ({ id }) => [`/videos/${id}/remix`, { prompt }], 400],
  ['vllm-omni', 'a remix', ({ id }) => [`/videos/${id}/remix`, form({ prompt })], 404],
  ['sglang', 'a remix', ({ id }) => [`/videos/${id}/remix`, { prompt }], 404],
  ['trtllm', 'a remix', ({ id }) => [`/videos/${id}/remix`, { prompt }], 404],
  ['openrouter', 'a remix', ({ id }) => [`/videos/${id}/remix`, { prompt }], 404],
  ['xai', 'a remix', ({ id }) => [`/videos/${id}/remix`, { prompt, model: 'm' }], 404],
  [
    'xai',
    'an edit with a length',
    ({ clip }) => ['/videos/edits', { model: 'm', prompt, duration: 4, video: { url: clip } }],
    400,
  ],
  ['xai', 'an edit by id', ({ id }) => ['/videos/edits', { model: 'm', prompt, video: { id } }], 400],
]

test.each(refusals)('%s refuses %s', async (dialect, _what, request, status) => {
  const conversation = await aConversation(dialect)
  const [path, body] = request(await aSource(conversation, dialect))
  expect((await conversation.post(path, body)).status).toBe(status)
  expect((await conversation.bill()).total).toBe(1)
})

const unknownSources: [DialectName, path: string, body: object, status: number, answer: Json][] = [
  ['openai', '/videos/video_0/remix', { prompt }, 404, { error: { type: 'invalid_request_error' } }],
  ['litellm', '/videos/video_0/remix', { prompt }, 404, { error: { code: '404' } }],
  ['bifrost', '/videos/openai:video_0/remix', { prompt }, 404, { status_code: 404 }],
  ['new-api', '/videos/task_0/remix', { prompt }, 400, { code: 'task_not_exist' }],
  [
    'openrouter',
    '/videos',
    { model: 'm', prompt, previous_job_id: 'gen-vid-1-0' },
    404,
    { error: { code: 404 } },
  ],
]

test.each(unknownSources)(
  '%s knows no source that it never made',
  async (dialect, path, body, status, answer) => {
    const conversation = await aConversation(dialect)
    expect(await conversation.post(path, body)).toMatchObject({ status, body: answer })
    expect(await conversation.bill()).toMatchObject({ total: 0, mistakes: { unknownSource: 1 } })
  },
)

test('an edit of an expired address is refused by xai', async () => {
  const conversation = await aConversation('xai')
  const { clip } = await aSource(conversation, 'xai', '[fault:clip_expired]')
  const edited = await conversation.post('/videos/edits', { model: 'm', prompt, video: { url: clip } })
  expect(edited).toMatchObject({ status: 400, body: { code: 'invalid-argument' } })
  expect((await conversation.bill()).total).toBe(1)
})

/** A finished video, and the address that anyone may fetch its clip from. */
async function aSource(conversation: Conversation, dialect: DialectName, prompt = 'a kite'): Promise<Made> {
  const id = await aVideo(conversation, dialect, prompt)
  return { id, clip: new URL(`/clips/${encodeURIComponent(id)}.mp4`, conversation.simulator.url).href }
}
