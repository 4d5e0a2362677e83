import type { VideoId } from '@reelay/contracts/task'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { buildTestApp } from '../support/test-app.ts'
import { parseAnswer, rawRequest } from './raw-request.ts'

const api = await buildTestApp()
afterAll(api.stop)
const origin = await api.listen()
const user = await api.aUser()
const other = await api.aUser()
const source = await api.aTask(user, { status: 'COMPLETED' })
const remix = `/api/video/tasks/${source.videoId}/remix`

let keys = 0
const aKey = () => `repeated-${++keys}`

type Line = [name: string, value: string]

/** One request on one connection, with header lines as they are. */
async function send(
  method: string,
  path: string,
  lines: Line[],
  body = '{"prompt":"a dog"}',
  { to = origin, token = user.token } = {},
) {
  const base: Line[] = [
    ['Host', 'a'],
    ['Connection', 'close'],
    ['Authorization', `Bearer ${token}`],
    ...(method === 'GET'
      ? []
      : ([
          ['Content-Type', 'application/json'],
          ['Content-Length', String(Buffer.byteLength(body))],
        ] as Line[])),
  ]
  const head = [...base, ...lines].map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const bytes = `${method} ${path} HTTP/1.1\r\n${head}\r\n${method === 'GET' ? '' : body}`
  const answer = parseAnswer(await rawRequest(to, bytes))
  return { status: answer.status, headers: answer.headers, json: answer.text ? JSON.parse(answer.text) : {} }
}

test('a key in two equal lines is that key', async () => {
  const key: Line = ['Idempotency-Key', aKey()]
  const twice = await send('POST', remix, [key, key])
  const once = await send('POST', remix, [key])
  expect(twice.status).toBe(202)
  expect(once.json.data.videoId).toBe(twice.json.data.videoId)
  expect((await api.row(once.json.data.videoId)).clientRequestId).toBe(key[1])
})

test.each(['k1, k1', '"k1"', 'k1,k2'])('a key of one line stays what it is: %s', async (text) => {
  const key = `${aKey()} ${text}`
  const { json } = await send('POST', remix, [['Idempotency-Key', `  ${key} `]])
  expect((await api.row(json.data.videoId)).clientRequestId).toBe(key)
})

test.each<[string, string, Line[], string]>([
  [
    'POST',
    remix,
    [
      ['Idempotency-Key', 'a'],
      ['idempotency-key', 'b'],
    ],
    'idempotency-key',
  ],
  ['POST', remix, [['Authorization', `Bearer ${other.token}`]], 'Authorization'],
  ['GET', '/api/video/tasks', [['authorization', 'Basic abc']], 'authorization'],
  ['POST', remix, [['Content-Type', 'multipart/form-data; boundary=x']], 'Content-Type'],
  [
    'POST',
    remix,
    [
      ['X-Stainless-Retry-Count', '0'],
      ['X-Stainless-Retry-Count', '1'],
    ],
    'X-Stainless-Retry-Count',
  ],
  [
    'GET',
    '/api/sse/task-updates',
    [
      ['Last-Event-ID', '1767225690000'],
      ['Last-Event-ID', '1767225690001'],
    ],
    'Last-Event-ID',
  ],
  [
    'GET',
    '/api/video/content/x',
    [
      ['Range', 'bytes=0-1'],
      ['Range', 'bytes=2-3'],
    ],
    'Range',
  ],
  [
    'GET',
    '/api/video/content/x',
    [
      ['If-Range', '"a"'],
      ['If-Range', '"b"'],
    ],
    'If-Range',
  ],
  ['GET', '/health', [['Host', 'a']], 'Host'],
  ['GET', '/health', [['Host', 'b']], 'Host'],
  [
    'GET',
    '/health',
    [
      ['Origin', 'https://a'],
      ['Origin', 'https://b'],
    ],
    'Origin',
  ],
  [
    'POST',
    remix,
    [
      ['Content-Encoding', 'identity'],
      ['Content-Encoding', 'gzip'],
    ],
    'Content-Encoding',
  ],
])('%s %s with a header that says two things is refused', async (method, path, lines, field) => {
  const before = await api.counts()
  const answer = await send(method, path, lines)
  expect(answer.status).toBe(400)
  expect(answer.json).toMatchObject({
    code: 'invalid_request',
    details: [{ field, message: 'must be given only once' }],
  })
  expect(await api.counts()).toEqual(before)
})

test.each([
  ['Content-Length', '18'],
  ['Content-Length', '17'],
  ['Transfer-Encoding', 'chunked'],
] as Line[])('a body whose end is told twice is refused: %s', async (...line) => {
  const before = await api.counts()
  expect((await send('POST', remix, [line])).status).toBe(400)
  expect(await api.counts()).toEqual(before)
})

describe('a list of several lines is one list', () => {
  test.each<[string, Line[], boolean]>([
    [
      'of preferences',
      [
        ['Prefer', 'wait=5'],
        ['Prefer', 'respond-async'],
      ],
      true,
    ],
    ['of preferences in any case', [['prefer', 'Respond-Async; x=1, wait=1']], true],
    [
      'of preferences without it',
      [
        ['Prefer', 'handling=lenient'],
        ['Prefer', 'wait=1'],
      ],
      false,
    ],
    ['of preferences that quote it', [['Prefer', 'note="a, respond-async, b"']], false],
    ['of preferences of another name', [['Prefer', 'respond-async-not']], false],
  ])('%s', async (_, lines, isAsync) => {
    await using patient = await buildTestApp({ env: { REMIX_ACCEPT_WAIT_MS: '60000' } })
    const [to, { token, ...owner }] = [await patient.listen(), await patient.aUser()]
    const source = await patient.aTask(owner, { status: 'COMPLETED' })
    const path = `/api/video/tasks/${source.videoId}/remix`
    const answering = send('POST', path, lines, undefined, { to, token })
    const [videoId = ''] = await vi.waitFor(async () => {
      const jobs = await patient.jobs()
      expect(jobs).toHaveLength(1)
      return jobs
    })
    if (isAsync) expect((await answering).json.data.status).toBe('queued')
    await patient.worker.accept(videoId.replace(/-1$/, '') as VideoId)
    if (!isAsync) expect((await answering).json.data.status).toBe('processing')
  })

  test('of languages', async () => {
    const lines: Line[] = [
      ['Accept-Language', 'fr'],
      ['Accept-Language', 'zh'],
    ]
    expect((await send('GET', '/nothing', lines)).json.message).toBe('资源不存在')
  })
})

test.each([
  ['{"clientRequestId":"a","clientRequestId":"b","prompt":"a dog"}', 'clientRequestId'],
  ['{"prompt":"a dog","prompt":"a cat"}', 'prompt'],
  ['{"prompt":"a dog","prompt":"a dog"}', 'prompt'],
  ['{"prompt":"a dog","\\u0070rompt":"a cat"}', 'prompt'],
  ['{"prompt":"{\\"a\\":1","metadata":{"a":{"b":[1,{"c":1 , "c" :2}]}}}', 'metadata.a.b.c'],
])('a field that is there twice is refused: %s', async (body, field) => {
  const before = await api.counts()
  const { status, json } = await send('POST', remix, [], body)
  expect(status).toBe(400)
  expect(json.details).toMatchObject([{ field, message: 'must be given only once' }])
  expect(await api.counts()).toEqual(before)
})

test('a name may be used again by another object', async () => {
  const body = '{"prompt":"a \\"prompt\\": \\\\","metadata":{"prompt":[{"a":"a:"},{"a":"{"}],"b":{"a":1}}}'
  expect((await send('POST', remix, [], body)).status).toBe(202)
})

test.each([
  ['/api/sse/task-updates?videoId=a&videoId=a', 'videoId'],
  ['/api/sse/task-updates?lastEventId=1&lastEventId=2', 'lastEventId'],
  ['/api/video/tasks?status=QUEUED&status=FAILED', 'status'],
  ['/api/video/tasks?order=asc&order=desc', 'order'],
  ['/api/video/tasks?page=1&page=2', 'page'],
  ['/api/video/tasks?clientRequestId=a&clientRequestId=b', 'clientRequestId'],
  ['/api/video/tasks?all=true&all=false', 'all'],
])('a parameter that is there twice is refused: %s', async (path, field) => {
  const { status, json } = await send('GET', path, [])
  expect(status).toBe(400)
  expect(json.details).toEqual([{ field, message: 'must be given only once' }])
})

test('two tokens in an address open nothing', async () => {
  const path = `/api/sse/task-updates?token=${user.token}&token=${other.token}`
  const answer = await api.app.inject(path)
  expect(answer.statusCode).toBe(400)
  expect(answer.json().details).toEqual([{ field: 'token', message: 'must be given only once' }])
})
