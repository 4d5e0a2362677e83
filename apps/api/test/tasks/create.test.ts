import { afterAll, expect, test } from 'vitest'
import { buildTestApp, type Headers } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)
const user = await api.aUser()

const create = (payload: object | string, headers: Headers = {}) =>
  user.post('/api/video/tasks', payload, headers)

test('a created task is a row, a job and an answer', async () => {
  const body = { prompt: 'a cat', model: 'sora-2', seconds: '8', size: '1280x720', metadata: { shot: 3 } }
  const answer = await create(body)
  const { videoId } = answer.json().data
  const self = `/api/video/tasks/${videoId}`

  expect(answer.statusCode).toBe(202)
  expect(answer.headers.location).toBe(self)
  expect(answer.json()).toEqual({
    success: true,
    data: {
      videoId: expect.stringMatching(/^video_\d{13}_[0-9a-z]{7,}$/),
      externalTaskId: null,
      status: 'queued',
      message: 'Task submitted',
      links: { self, events: `/api/sse/task-updates?videoId=${videoId}`, lineage: `${self}/lineage` },
    },
    requestTime: expect.any(Number),
  })
  expect(await api.row(videoId)).toMatchObject({ ...body, userId: user.id, status: 'QUEUED', version: 1 })
  expect(await api.jobs()).toContain(`${videoId}-1`)
})

test.each([
  ['duration as a number', { duration: 8 }, { seconds: '8' }],
  ['duration as text', { duration: '12' }, { seconds: '12' }],
  ['a wide aspectRatio', { aspectRatio: '16:9' }, { size: '1280x720' }],
  ['a tall aspectRatio', { aspectRatio: '9:16' }, { size: '720x1280' }],
  ['a square aspectRatio', { aspectRatio: '1:1' }, { size: '720x720' }],
  [
    'new names beside old ones',
    { seconds: '4', duration: 8, size: '720x720', aspectRatio: '16:9' },
    { seconds: '4', size: '720x720' },
  ],
  ['ignored names', { watermark: true, apiConfigId: { any: 'thing' } }, { metadata: {} }],
])('an old front end may send %s', async (_, old, columns) => {
  const answer = await create({ prompt: 'a cat', ...old })
  expect(answer.statusCode).toBe(202)
  expect(await api.row(answer.json().data.videoId)).toMatchObject(columns)
})

test('a client that prefers async is answered without waiting', async () => {
  await using patient = await buildTestApp({ env: { REMIX_ACCEPT_WAIT_MS: '10000' } })
  const somebody = await patient.aUser()
  const answer = await somebody.post('/api/video/tasks', { prompt: 'a cat' }, { prefer: 'respond-async' })
  expect(answer.statusCode).toBe(202)
  expect(answer.headers.location).toBe(answer.json().data.links.self)
})

test('links are absolute when a public address is set', async () => {
  await using named = await buildTestApp({ env: { PUBLIC_URL: 'https://videos.example/' } })
  const somebody = await named.aUser()
  const answer = await somebody.post('/api/video/tasks', { prompt: 'a cat' })
  const { videoId, links } = answer.json().data
  expect(links.self).toBe(`https://videos.example/api/video/tasks/${videoId}`)
  expect(answer.headers.location).toBe(links.self)
})

test.each([32_000, 1])('a prompt of %i characters is taken whole', async (length) => {
  const answer = await create({ prompt: '猫'.repeat(length) })
  expect(answer.statusCode).toBe(202)
  expect((await api.row(answer.json().data.videoId)).prompt).toHaveLength(length)
})

const tooDeep = `${'['.repeat(33)}${']'.repeat(33)}`
const json = { 'content-type': 'application/json' }

test.each<[string, object | string, string, Headers?]>([
  ['no prompt', {}, 'prompt'],
  ['an empty prompt', { prompt: '' }, 'prompt'],
  ['a prompt of 32 001 characters', { prompt: 'x'.repeat(32_001) }, 'prompt'],
  ['a prompt that is a list', { prompt: ['a cat'] }, 'prompt'],
  ['a NUL in the prompt', { prompt: 'a \u0000 cat' }, 'prompt'],
  ['half a character in the prompt', { prompt: 'a \ud800 cat' }, 'prompt'],
  ['seconds as a number', { prompt: 'a cat', seconds: 8 }, 'seconds'],
  ['an odd size', { prompt: 'a cat', size: 'large' }, 'size'],
  ['an odd aspectRatio', { prompt: 'a cat', aspectRatio: '4:3' }, 'aspectRatio'],
  ['an unknown field', { prompt: 'a cat', promt: 'a dog' }, 'promt'],
  ['a field of ours', { prompt: 'a cat', status: 'COMPLETED' }, 'status'],
  ['metadata that is a list', { prompt: 'a cat', metadata: [1] }, 'metadata'],
  ['metadata of more than 4 KB', { prompt: 'a cat', metadata: { note: 'x'.repeat(4096) } }, 'metadata'],
  ['a NUL in metadata', { prompt: 'a cat', metadata: { 'a\u0000': 1 } }, 'metadata'],
  ['a NUL deep in metadata', { prompt: 'a cat', metadata: { a: ['b\u0000'] } }, 'metadata'],
  ['half a character in metadata', '{"prompt":"a cat","metadata":{"a":"\\ud800"}}', 'metadata', json],
  ['reserved metadata', { prompt: 'a cat', metadata: { remix_from: 'video_1' } }, 'metadata'],
  ['an empty clientRequestId', { prompt: 'a cat', clientRequestId: '' }, 'clientRequestId'],
  ['text that is not JSON', 'prompt=a cat', 'body', json],
  ['half of a JSON', '{"prompt": "a cat"', 'body', json],
  ['an empty body', '', 'body', json],
  ['a list', [{ prompt: 'a cat' }], 'body'],
  ['a bare null', 'null', 'body', json],
  ['nesting of 33', `{"prompt":"a cat","metadata":${tooDeep.slice(1, -1)}}`, 'body', json],
  ['nesting of 200 000', '['.repeat(200_000), 'body', json],
  ['a __proto__', '{"prompt":"a cat","__proto__":{"role":"ADMIN"}}', 'body', json],
  ['a __proto__ in metadata', '{"prompt":"a cat","metadata":{"__proto__":{"a":1}}}', 'body', json],
  ['a constructor.prototype', '{"prompt":"a cat","constructor":{"prototype":{"a":1}}}', 'body', json],
])('%s is refused and leaves nothing behind', async (_, payload, field, headers = {}) => {
  const before = await api.counts()
  const answer = await create(payload, headers)
  expect(answer.statusCode).toBe(400)
  expect(answer.json()).toMatchObject({ success: false, code: 'invalid_request', details: [{ field }] })
  expect(await api.counts()).toEqual(before)
  expect(({} as Record<string, unknown>).role).toBeUndefined()
})

test.each([
  ['text/plain', '{"prompt":"a cat"}', 415],
  ['application/x-www-form-urlencoded', 'prompt=a+cat', 415],
  ['application/json\ta', '{"prompt":"a cat"}', 415],
])('a body of type %s is refused', async (type, payload, status) => {
  const before = await api.counts()
  const answer = await create(payload, { 'content-type': type })
  expect(answer.statusCode).toBe(status)
  expect(answer.json().code).toBe('unsupported_media_type')
  expect(await api.counts()).toEqual(before)
})

test('a body of more than 512 KiB is refused', async () => {
  const before = await api.counts()
  const answer = await create({ prompt: 'a cat', metadata: { note: 'x'.repeat(512 * 1024) } })
  expect(answer.statusCode).toBe(413)
  expect(answer.json().code).toBe('payload_too_large')
  expect(await api.counts()).toEqual(before)
})

test.each([
  ['zh-CN', '请求无效', '任务已提交'],
  ['zh;q=0.8, en;q=0.5', '请求无效', '任务已提交'],
  ['en-US,en;q=0.9,zh;q=0.8', 'The request is not valid', 'Task submitted'],
  ['fr', 'The request is not valid', 'Task submitted'],
])('a client that accepts %s reads its language', async (language, refusal, acceptance) => {
  const headers = { 'accept-language': language }
  const refused = (await create({}, headers)).json()
  expect(refused.message).toBe(refusal)
  expect(refused.error).toBe(refused.message)
  expect((await create({ prompt: 'a cat' }, headers)).json().data.message).toBe(acceptance)
})

test('a refusal has the failure envelope and no more', async () => {
  expect((await create({})).json()).toEqual({
    success: false,
    code: 'invalid_request',
    error: 'The request is not valid',
    message: 'The request is not valid',
    details: [{ field: 'prompt', message: expect.any(String) }],
    requestId: expect.any(String),
  })
})

test('an address that is not there answers in the envelope', async () => {
  const answer = await user.get('/api/video/nothing?token=hidden')
  expect(answer.statusCode).toBe(404)
  expect(answer.json()).toMatchObject({ success: false, code: 'not_found' })
  expect(answer.body).not.toContain('hidden')
})
