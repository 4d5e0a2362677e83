import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { buildTestApp } from '../support/test-app.ts'
import { shortest } from './paired.ts'
import { parseAnswer, rawRequest } from './raw-request.ts'

const api = await buildTestApp()
afterAll(api.stop)
const origin = await api.listen()
const user = await api.aUser()
const body = '{"prompt":"a cat"}'
const authorization = `Authorization: Bearer ${user.token}`

/** A whole request on one connection, with further header lines as they are. */
function post(lines: string[], content = body, length = `Content-Length: ${content.length}`): string {
  const head = ['POST /api/video/tasks HTTP/1.1', 'Host: a', 'Connection: close', authorization]
  return [...head, length, ...lines, '', content]
    .filter((line, i, all) => line || i >= all.length - 2)
    .join('\r\n')
}

test('the raw request that the bad ones are made from is good', async () => {
  expect(await rawRequest(origin, post(['Content-Type: application/json']))).toMatch(/^HTTP\/1\.1 202/)
})

describe('no task is made by', () => {
  const chunked = `12\r\n${body}\r\n0\r\n\r\n`
  test.each([
    ['no content type', post([])],
    ['a tab in the content type', post(['Content-Type: application/json\ta'])],
    ['a space before the content type', post(['Content-Type : application/json'])],
    ['garbage after the content type', post(['Content-Type: application/json garbage'])],
    ['plain text', post(['Content-Type: text/plain'])],
    [
      'a length beside chunks',
      post(['Content-Type: application/json', 'Transfer-Encoding: chunked'], chunked),
    ],
    ['two lengths', post(['Content-Type: application/json', 'Content-Length: 1'])],
    [
      'chunks that are no chunks',
      post(['Content-Type: application/json', 'Transfer-Encoding: chunked, identity'], chunked, ''),
    ],
    ['a bare line feed', post(['Content-Type: application/json\nX-A: b'])],
    ['a folded header', post(['Content-Type: application/json', 'X-A: b', ' c'])],
    ['no host', post(['Content-Type: application/json']).replace('Host: a\r\n', '')],
    ['a negative length', post(['Content-Type: application/json'], body, 'Content-Length: -1')],
  ])('%s', async (_, bytes) => {
    const before = await api.counts()
    const answer = await rawRequest(origin, bytes)
    expect(answer).toMatch(/^HTTP\/1\.1 4(00|15)/)
    expect(answer).not.toMatch(/HTTP\/1\.1 2/)
    expect(await api.counts()).toEqual(before)
  })
})

describe('before there is a request, our own failure answers', () => {
  const json = 'Content-Type: application/json'
  const chunked = `1;${'x'.repeat(20_000)}\r\n{\r\n0\r\n\r\n`
  test.each<[string, string, number, string]>([
    ['a header of 17 KB', post([json, `X-Long: ${'x'.repeat(17_000)}`]), 431, 'headers_too_large'],
    [
      'a token of 100 KB',
      post([json]).replace(user.token, user.token.repeat(600).slice(0, 100_000)),
      431,
      'headers_too_large',
    ],
    ['an address of 20 KB', `GET /?a=${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`, 431, 'headers_too_large'],
    ['a request line that is none', 'who goes there\r\n\r\n', 400, 'invalid_request'],
    ['a header line that is none', post([json, 'no header']), 400, 'invalid_request'],
    ['a request for no host', post([json]).replace('Host: a\r\n', ''), 400, 'invalid_request'],
    [
      'chunks that say too much',
      post([json], chunked, 'Transfer-Encoding: chunked'),
      413,
      'payload_too_large',
    ],
  ])('%s', async (_, bytes, status, code) => {
    const answer = parseAnswer(await rawRequest(origin, bytes))
    expect(answer.status).toBe(status)
    expect(answer.headers).toMatchObject({
      connection: 'close',
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(answer.text)),
      'x-content-type-options': 'nosniff',
    })
    const failure = JSON.parse(answer.text)
    expect(failure).toMatchObject({ success: false, code, requestId: expect.stringMatching(/^[\w-]{36}$/) })
    expect(failure.error).toBe(failure.message)
    expect(answer.text).not.toContain(user.token)
  })
})

test('a feed whose client speaks out of turn is written into no more', async () => {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1').setEncoding('latin1')
  onTestFinished(() => void socket.destroy())
  let heard = ''
  socket.on('data', (text) => {
    if (heard === '') socket.write('\0')
    heard += text
  })
  socket.write(`GET /api/sse/task-updates HTTP/1.1\r\nHost: a\r\n${authorization}\r\n\r\n`)
  await once(socket, 'close')
  expect(heard).toContain('text/event-stream')
  expect(heard.match(/HTTP\/1\.1/g)).toHaveLength(1)
})

test('an address of 8 KB is read', async () => {
  expect((await fetch(`${origin}/health?a=${'x'.repeat(8192)}`)).status).toBe(200)
})

test('a header named like a prototype is nothing special', async () => {
  const bytes = post(['Content-Type: application/json', '__proto__: polluted', 'constructor: polluted'])
  expect(await rawRequest(origin, bytes)).toMatch(/^HTTP\/1\.1 202/)
  expect((await fetch(`${origin}/health`)).status).toBe(200)
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

test.each([
  '..%2f..',
  'a%2Fb',
  'video_1:2',
  '%00',
  '%ff',
  encodeURIComponent('video_1700000000000_ａｂｃｄｅｆｇ'),
  encodeURIComponent("video_1700000000000_a' or '1'='1"),
  encodeURIComponent('<script>'),
  '__proto__',
])('the id %s names nothing on any route', async (id) => {
  const self = `/api/video/tasks/${id}`
  const before = await api.counts()
  const answers = [
    await user.get(self),
    await user.get(`${self}/lineage`),
    await user.get(`${self}/content`),
    await user.get(`${self}/explain`),
    await user.post(`${self}/remix`, { prompt: 'a dog' }),
    await user.post(`${self}/cancel`, {}),
    await user.post(`${self}/retry`, {}),
    await user.get(`/api/sse/task-updates?videoId=${id}`),
    await user.get(`/api/video/content/${id}`),
  ]
  for (const answer of answers) {
    expect([400, 403, 404]).toContain(answer.statusCode)
    expect(answer.json()).toMatchObject({ success: false, requestId: expect.any(String) })
  }
  expect(await api.counts()).toEqual(before)
})

test.each([
  ['POST', '/api/auth/register', 'username', '-'.repeat(50_000)],
  ['POST', '/api/auth/register', 'email', `${'a.'.repeat(25_000)}@${'a-'.repeat(25_000)}`],
  ['POST', '/api/auth/login', 'username', ' '.repeat(50_000)],
  ['POST', '/api/video/tasks', 'size', `${'1'.repeat(50_000)}x`],
  ['POST', '/api/video/tasks', 'seconds', '1'.repeat(50_000)],
  ['POST', '/api/video/tasks', 'clientRequestId', '(a+)+$'.repeat(8000)],
])('%s %s answers fifty thousand characters of %s with little work', async (_, url, field, value) => {
  expect(await shortest(5, () => user.post(url, { [field]: value }))).toBeLessThan(100)
  const answer = await user.post(url, { [field]: value })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().details.map((problem: { field: string }) => problem.field)).toContain(field)
})

const objects = `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`

test.each([
  ['100 000 lists', '['.repeat(100_000) + ']'.repeat(100_000)],
  ['40 000 objects', objects],
  ['40 000 objects in metadata', `{"prompt":"a cat","metadata":${objects}}`],
])('%s inside one another are refused with little work', async (_, body) => {
  const send = () => user.post('/api/video/tasks', body, { 'content-type': 'application/json' })
  expect(await shortest(5, send)).toBeLessThan(250)
  expect((await send()).json()).toMatchObject({ code: 'invalid_request', details: [{ field: 'body' }] })
})
