import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { parseAnswer, rawRequest } from '../security/raw-request.ts'
import { buildTestApp } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)
const origin = await api.listen()
const user = await api.aUser()
const authorization = `Bearer ${user.token}`

const nothing: [string, string[], string][] = [
  ['no type', [], ''],
  ['no type and a length of 0', ['Content-Length: 0'], ''],
  ['chunks and no type', ['Transfer-Encoding: chunked'], '0\r\n\r\n'],
  [
    'chunks of a form',
    ['Transfer-Encoding: chunked', 'Content-Type: multipart/form-data; boundary=x'],
    '0\r\n\r\n',
  ],
  ['chunks of JSON', ['Transfer-Encoding: chunked', 'Content-Type: application/json'], '0\r\n\r\n'],
  ...['application/x-www-form-urlencoded', 'text/plain', 'application/json; charset=gbk', 'nonsense'].map(
    (type): [string, string[], string] => [type, ['Content-Length: 0', `Content-Type: ${type}`], ''],
  ),
  ...['', 'nonsense', '/', 'application/json, application/json', 'application/json; charset=gbk'].map(
    (type): [string, string[], string] => [
      `chunks of “${type}”`,
      ['Transfer-Encoding: chunked', `Content-Type: ${type}`],
      '0\r\n\r\n',
    ],
  ),
  ['white space', ['Content-Length: 3', 'Content-Type: application/json'], ' \r\n'],
  ['null', ['Content-Length: 4', 'Content-Type: application/json'], 'null'],
  ['no field', ['Content-Length: 2', 'Content-Type: application/json'], '{}'],
]

describe.each(nothing)('a body of %s', (_, lines, body) => {
  async function post(path: string) {
    const head = [`POST ${path} HTTP/1.1`, 'Host: a', 'Connection: close', `Authorization: ${authorization}`]
    return parseAnswer(await rawRequest(origin, [...head, ...lines, '', body].join('\r\n')))
  }

  test.each(['/api/sse/tickets', '/api/auth/logout'])('is as good as none for %s', async (path) => {
    expect((await post(path)).status).toBe(200)
  })

  test('cancels and retries', async () => {
    const { videoId } = await api.aTask(user)
    expect((await post(`/api/video/tasks/${videoId}/cancel`)).status).toBe(200)
    expect((await post(`/api/video/tasks/${videoId}/retry`)).status).toBe(200)
  })

  test('makes nothing where one is needed', async () => {
    const before = await api.counts()
    for (const path of ['/api/video/tasks', '/api/video/tasks/recover', '/api/auth/verify']) {
      const answer = await post(path)
      expect(answer.status, path).toBe(400)
      expect(JSON.parse(answer.text)).toMatchObject({
        code: 'invalid_request',
        details: [{ message: 'is required' }],
      })
    }
    expect(await api.counts()).toEqual(before)
  })
})

test('a field that is null is as good as none', async () => {
  const none = { model: null, metadata: null, clientRequestId: null }
  const old = {
    seconds: null,
    size: null,
    duration: null,
    aspectRatio: null,
    watermark: null,
    apiConfigId: null,
  }
  const source = await api.aTask(user, { status: 'COMPLETED', model: 'sora-2' })
  const remixed = await user.post(`/api/video/tasks/${source.videoId}/remix`, { prompt: 'x', ...none })
  expect(remixed.statusCode).toBe(202)
  expect(await api.row(remixed.json().data.videoId)).toMatchObject({ model: 'sora-2', clientRequestId: null })
  const made = await user.post('/api/video/tasks', { prompt: 'x', ...none, ...old })
  expect(made.statusCode).toBe(202)
  expect(await api.row(made.json().data.videoId)).toMatchObject({ model: null, size: null, metadata: {} })

  const failed = await api.aTask(user, { status: 'FAILED' })
  expect((await user.post(`/api/video/tasks/${failed.videoId}/retry`, { force: null })).statusCode).toBe(200)
  const admin = await api.aUser({ role: 'ADMIN' })
  const imported = await admin.post('/api/video/tasks/import', { externalTaskId: 'up_null', username: null })
  expect(imported.statusCode).toBe(202)

  const absent = await user.post('/api/video/tasks', { prompt: null, nothing: null })
  expect(absent.json().details).toEqual([
    { field: 'prompt', message: 'is required' },
    { field: 'nothing', message: 'is not a known field' },
  ])
})

test('a request with null and one without it are the same', async () => {
  const clientRequestId = 'null or nothing'
  const one = await user.post('/api/video/tasks', { prompt: 'x', clientRequestId, model: null })
  const two = await user.post('/api/video/tasks', { prompt: 'x', clientRequestId })
  expect(two.json().data.videoId).toBe(one.json().data.videoId)
})

test.each(['', '/', '//'])('an address may end with “%s”', async (end) => {
  const { videoId } = await api.aTask(user, { status: 'COMPLETED' })
  const self = `/api/video/tasks/${videoId}`
  expect((await user.post(`${self}/remix${end}`, { prompt: 'a dog' })).statusCode).toBe(202)
  for (const path of [
    '/api/video/tasks',
    self,
    `${self}/lineage`,
    `${self}/content`,
    `${self}/explain`,
    '/api/sse/stats',
    '/health',
  ])
    expect((await user.get(`${path}${end}`)).statusCode, path).toBe(200)
  expect((await user.get(`//api//video/tasks${end}`)).statusCode).toBe(200)
})

describe('the type of a body', () => {
  const json = Buffer.from('{"prompt":"猫"}')
  const post = (type: string, payload: Buffer = json, headers = {}) =>
    api.app.inject({
      method: 'POST',
      url: '/api/video/tasks',
      payload,
      headers: { authorization, 'content-type': type, ...headers },
    })

  test.each([
    'application/json;charset=UTF-8',
    'application/JSON',
    'application/json; charset="utf8"',
    'application/json; Charset=us-ascii; a=b',
  ])('may be %s', async (type) => {
    const { videoId } = (await post(type)).json().data
    expect((await api.row(videoId)).prompt).toBe('猫')
  })

  test.each(['application/vnd.api+json', 'text/plain', 'text/json', 'application/x-www-form-urlencoded'])(
    'may not be %s',
    async (type) => {
      const answer = await post(type)
      expect(answer.statusCode).toBe(415)
      expect(answer.json()).toMatchObject({
        code: 'unsupported_media_type',
        details: [{ field: 'Content-Type', message: 'must be application/json' }],
      })
    },
  )

  test.each([
    ['application/json; charset=gbk', 'gbk'],
    ['application/json;charset="UTF-16"', 'UTF-16'],
    ['application/json; charset=utf-8; charset=latin1', 'latin1'],
    ['multipart/form-data; boundary=x; charset=gbk', 'gbk'],
  ])('may not be in another charset: %s', async (type, charset) => {
    const { videoId } = await api.aTask(user, { status: 'COMPLETED' })
    const before = await api.counts()
    const answer = await user.post(`/api/video/tasks/${videoId}/remix`, json, { 'content-type': type })
    expect(answer.statusCode).toBe(415)
    expect(answer.json().details).toEqual([
      { field: 'Content-Type', message: `charset must be utf-8, not ${charset}` },
    ])
    expect(await api.counts()).toEqual(before)
  })

  test('may not be packed', async () => {
    const answer = await post('application/json', gzipSync(json), { 'content-encoding': 'gzip' })
    expect(answer.statusCode).toBe(415)
    expect(answer.json().details).toEqual([{ field: 'Content-Encoding', message: 'must be identity' }])
    expect((await post('application/json', json, { 'content-encoding': 'identity' })).statusCode).toBe(202)
  })

  test('may be announced by a byte order mark', async () => {
    const answer = await post('application/json', Buffer.from('\ufeff{"prompt":"x"}'))
    expect((await api.row(answer.json().data.videoId)).prompt).toBe('x')
  })
})

test('a body that waits to be asked for is asked for', async () => {
  const body = '{"prompt":"x"}'
  const head = [
    'POST /api/video/tasks HTTP/1.1',
    'Host: a',
    'Connection: close',
    `Authorization: ${authorization}`,
  ]
  const more = ['Expect: 100-continue', 'Content-Type: application/json', `Content-Length: ${body.length}`]
  const answer = await rawRequest(origin, [...head, ...more, '', body].join('\r\n'))
  expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 202/)
})

test.each([
  ['an emoji', '🚤'],
  ['a letter of three bytes', '猫'],
])('32 000 times %s is a prompt, escaped or not', async (_, character) => {
  const prompt = character.repeat(32_000)
  const plain = JSON.stringify({ prompt })
  const escaped = plain.replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  for (const body of [plain, escaped]) {
    const answer = await user.post('/api/video/tasks', body, { 'content-type': 'application/json' })
    expect(answer.statusCode).toBe(202)
    expect((await api.row(answer.json().data.videoId)).prompt).toBe(prompt)
  }
  const longer = await user.post('/api/video/tasks', { prompt: prompt + character })
  expect(longer.json().details).toEqual([{ field: 'prompt', message: 'must have at most 32000 characters' }])
})

test('a body of more than 512 KiB is too large', async () => {
  const answer = await user.post('/api/video/tasks', { prompt: 'x'.repeat(512 * 1024) })
  expect(answer.statusCode).toBe(413)
})
