import { afterAll, describe, expect, test } from 'vitest'
import { rawRequest } from '../security/raw-request.ts'
import { buildTestApp } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)
const user = await api.aUser()
const json = { 'content-type': 'application/json' }
const source = await api.aTask(user, { status: 'COMPLETED' })
const remix = `/api/video/tasks/${source.videoId}/remix`

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))

describe('bytes that are no UTF-8', () => {
  const wrong: [string, number[]][] = [
    ['that never stand in it', [0xff, 0xff]],
    ['cut', [0xe7, 0x8c]],
    ['longer than need be', [0xc0, 0xaf]],
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
    ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
    ['a boat in GBK', [0xb4, 0xac]],
    ['in Latin-1', [0xe9, 0x20]],
  ]

  test.each(wrong)('are refused in JSON: %s', async (_, inner) => {
    const before = await api.counts()
    for (const path of [remix, '/api/video/tasks', '/api/auth/login']) {
      const body = bytes('{"prompt":"bad ', inner, ' utf8"}')
      const answer = await api.app.inject({
        method: 'POST',
        url: path,
        payload: body,
        headers: { authorization: `Bearer ${user.token}`, ...json },
      })
      expect(answer.statusCode).toBe(400)
      expect(answer.json().details).toEqual([{ field: 'body', message: 'must be UTF-8' }])
    }
    expect(await api.counts()).toEqual(before)
  })

  test.each(wrong)('are refused in a form: %s', async (_, inner) => {
    const before = await api.counts()
    for (const type of [
      '',
      'content-type: text/plain; charset=gbk\r\n',
      'content-type: text/plain;charset=utf-8\r\n',
    ]) {
      const payload = bytes(
        `--cut\r\ncontent-disposition: form-data; name="prompt"\r\n${type}\r\nbad `,
        inner,
        '\r\n--cut--\r\n',
      )
      const answer = await api.app.inject({
        method: 'POST',
        url: remix,
        payload,
        headers: {
          authorization: `Bearer ${user.token}`,
          'content-type': 'multipart/form-data; boundary=cut',
        },
      })
      expect(answer.statusCode).toBe(400)
      expect(answer.json().details).toEqual([{ field: 'prompt', message: 'must be UTF-8' }])
    }
    expect(await api.counts()).toEqual(before)
  })

  test.each([
    ['/api/video/tasks?clientRequestId=%ff', 'clientRequestId'],
    ['/api/video/tasks?clientRequestId=100%', 'clientRequestId'],
    ['/api/video/tasks?unknown=%c0%af', 'unknown'],
    ['/api/video/tasks?%ff=1', '%ff'],
    ['/api/sse/task-updates?videoId=%ed%a0%80', 'videoId'],
    ['/api/sse/task-updates?token=%ff', 'token'],
    ['/api/video/tasks/%ff', 'path'],
    ['/api/video/tasks/%ed%a0%80/lineage', 'path'],
    ['/%', 'path'],
  ])('are refused in an address: %s', async (url, field) => {
    const answer = await user.get(url)
    expect(answer.statusCode).toBe(400)
    expect(answer.json().details).toMatchObject([{ field }])
  })

  test('are refused in an address that does not encode them', async () => {
    const line = bytes('GET /api/video/tasks?clientRequestId=', [0xe9], ' HTTP/1.1\r\n')
    const rest = `Host: a\r\nConnection: close\r\nAuthorization: Bearer ${user.token}\r\n\r\n`
    const answer = await rawRequest(
      await api.listen(),
      Buffer.concat([line, Buffer.from(rest)]).toString('latin1'),
    )
    expect(answer).toMatch(/^HTTP\/1\.1 400/)
  })

  test('are refused at the operators’ door', async () => {
    for (const payload of [
      'username=%ff&password=x',
      'username=a&username=b&password=x',
      Buffer.from([0x61, 0xff]),
    ]) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: 'http://a', host: 'a' }
      const answer = await api.app.inject({ method: 'POST', url: '/admin/sign-in', payload, headers })
      expect(answer.statusCode).toBe(400)
    }
  })

  test('are no key', async () => {
    const head = `POST /api/video/tasks HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${user.token}\r\n`
    const rest =
      'Content-Type: application/json\r\nContent-Length: 14\r\nIdempotency-Key: caf\xe9\r\n\r\n{"prompt":"x"}'
    expect(await rawRequest(await api.listen(), head + rest)).toMatch(
      /^HTTP\/1\.1 400[\s\S]*"Idempotency-Key"/,
    )
  })
})

describe('what can’t be stored', () => {
  test.each(['"\\ud800"', '"\\udc00\\ud800"', '"a\\u0000b"'])('is refused: %s', async (text) => {
    const before = await api.counts()
    for (const [field, body] of [
      ['prompt', `{"prompt":${text}}`],
      ['model', `{"prompt":"x","model":${text}}`],
      ['clientRequestId', `{"prompt":"x","clientRequestId":${text}}`],
      ['metadata', `{"prompt":"x","metadata":{"a":[${text}]}}`],
      ['metadata', `{"prompt":"x","metadata":{${text}:1}}`],
    ] as const) {
      const answer = await user.post(remix, body, json)
      expect(answer.statusCode).toBe(400)
      expect(answer.json().details).toMatchObject([{ field }])
    }
    expect(await api.counts()).toEqual(before)
  })
})

const unseen = {
  'white space': ' \t\r\n\u3000\u00a0\u2003',
  'zero width': '\u200b\u200c\u200d\u200e\u200f\u2060\u2064\ufeff',
  'soft hyphens': '\u00ad\u180e',
  'variation selectors': '\ufe0f\ufe00\u{e0100}',
  tags: '\u{e0001}\u{e0067}\u{e007f}',
  'Hangul fillers': '\u115f\u1160\u3164\uffa0',
  'a Braille pattern without dots': '\u2800',
  'control characters': '\u0001\u001b\u007f\u0085',
  directions: '\u202a\u202e\u2066\u2069',
  'marks without a letter': '\u0301\u034f',
}

test.each(Object.entries(unseen))('text of nothing but %s is empty', async (_, text) => {
  const before = await api.counts()
  for (const [path, body, field] of [
    [remix, { prompt: text }, 'prompt'],
    ['/api/video/tasks', { prompt: text }, 'prompt'],
    ['/api/video/tasks', { prompt: 'x', model: text }, 'model'],
    ['/api/video/tasks', { prompt: 'x', clientRequestId: text }, 'clientRequestId'],
  ] as const) {
    const answer = await user.post(path, body)
    expect(answer.statusCode).toBe(400)
    expect(answer.json().details).toEqual([{ field, message: 'must not be empty' }])
  }
  const form = `--cut\r\ncontent-disposition: form-data; name="prompt"\r\n\r\n${text}\r\n--cut--\r\n`
  const answer = await user.post(remix, form, { 'content-type': 'multipart/form-data; boundary=cut' })
  expect(answer.json().details).toEqual([{ field: 'prompt', message: 'must not be empty' }])
  expect(await api.counts()).toEqual(before)
})

test.each(['❤️', '👩‍👩‍👧', 'é', '.', '한', '\u200bx', 'नमस्ते'])('“%s” is something to see', async (prompt) => {
  const answer = await user.post(remix, { prompt })
  expect(answer.statusCode).toBe(202)
  expect((await api.row(answer.json().data.videoId)).prompt).toBe(prompt)
})

test.each(['ㅤㅤㅤ', 'a\u3164bc', 'abc\u200b', 'ab\ufe0f'])('nobody registers as “%s”', async (username) => {
  const payload = { username, email: 'someone@example.org', password: 'Test123456' }
  const answer = await api.app.inject({ method: 'POST', url: '/api/auth/register', payload })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().details).toMatchObject([{ field: 'username' }])
})
