import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { describe, expect, test } from 'vitest'
import { type Answer, aClient, allowed, anUpstream, id } from './upstream.ts'

const video = { id, object: 'video', status: 'in_progress', progress: 40, prompt: 'a boat, 一只船' }
const json = JSON.stringify(video)
const list = JSON.stringify({ object: 'list', data: [video], has_more: false })
type Pack = (bytes: Buffer) => Buffer
const gzip: Pack = (bytes) => gzipSync(bytes)

const codings: [string, string | undefined, Pack][] = [
  ['gzip', 'gzip', gzip],
  ['gzip in capitals', 'GZIP', gzip],
  ['x-gzip', 'x-gzip', gzip],
  ['br', 'br', (bytes) => brotliCompressSync(bytes)],
  ['deflate with its frame', 'deflate', (bytes) => deflateSync(bytes)],
  ['deflate without its frame', 'deflate', (bytes) => deflateRawSync(bytes)],
  ['zstd', 'zstd', (bytes) => zstdCompressSync(bytes)],
  ['gzip, then br', 'gzip, br', (bytes) => brotliCompressSync(gzipSync(bytes))],
  ['br, then gzip', 'br,gzip', (bytes) => gzipSync(brotliCompressSync(bytes))],
  ['gzip twice', 'gzip, gzip', (bytes) => gzipSync(gzipSync(bytes))],
  ['gzip twice, told once', 'gzip', (bytes) => gzipSync(gzipSync(bytes))],
  [
    'gzip of two members',
    'gzip',
    (bytes) => Buffer.concat([gzip(bytes.subarray(0, 9)), gzip(bytes.subarray(9))]),
  ],
  [
    'gzip that ends too early',
    'gzip',
    (bytes) => gzipSync(Buffer.concat([bytes, Buffer.alloc(9)])).subarray(0, -8),
  ],
  ['gzip, not told', undefined, gzip],
  ['zstd, not told', undefined, (bytes) => zstdCompressSync(bytes)],
  ['nothing, said so', 'identity', (bytes) => bytes],
  ['nothing, called gzip', 'gzip', (bytes) => bytes],
  ['nothing, called br', 'br', (bytes) => bytes],
  ['nothing, called deflate', 'deflate', (bytes) => bytes],
  ['nothing, called zstd', 'zstd', (bytes) => bytes],
  ['nothing, called what nobody knows', 'rot13', (bytes) => bytes],
  ['nothing, called by its charset', 'utf-8', (bytes) => bytes],
]

describe.each(codings)('a body packed as %s', (_, coding, pack) => {
  const headers = coding === undefined ? {} : { 'content-encoding': coding }
  const answer = (text: string) => body(pack(Buffer.from(text)), headers)

  test('is read when it answers a paid POST, a look and a list', async () => {
    await expectRead(answer(json))
    expect(await outcomes(answer(list)).list()).toMatchObject({ kind: 'page', videos: [{ id }] })
  })

  test('is read as a refusal', async () => {
    const refusal = answer(JSON.stringify({ error: { code: 'bad_size', message: 'no such size' } }))
    const outcome = await outcomes((response, request) => {
      response.statusCode = 400
      refusal(response, request)
    }).submit()
    expect(outcome).toMatchObject({ kind: 'refused', upstreamCode: 'bad_size', message: 'no such size' })
  })
})

describe('a body of few bytes that unpack to many', () => {
  const gigabyte = gzipSync(Buffer.alloc(300 * 1024 * 1024, ' '))
  const bombs: [string, Buffer, string][] = [
    ['once', gigabyte, 'gzip'],
    ['twice', gzipSync(gigabyte), 'gzip, gzip'],
    ['in a string', gzipSync(`{"id":"${'x'.repeat(100 * 1024 * 1024)}"}`), 'gzip'],
    ['as br', brotliCompressSync(Buffer.alloc(100 * 1024 * 1024)), 'br'],
    ['as zstd', zstdCompressSync(Buffer.alloc(300 * 1024 * 1024)), 'zstd'],
  ]
  test.each(bombs)('is given up: %s', async (_, bytes, coding) => {
    const upstream = outcomes(body(bytes, { 'content-encoding': coding }))
    const before = process.memoryUsage().arrayBuffers
    const look = await upstream.retrieve()
    expect(look).toMatchObject({ kind: 'trouble', reason: expect.stringContaining('too long') })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * 1024 * 1024)
    expect(await upstream.submit()).toMatchObject({ kind: 'in_doubt' })
  })
})

describe('JSON is read when it comes', () => {
  test.each<[string, string | Buffer, Record<string, string>?]>([
    ['after a BOM', `\ufeff${json}`],
    ['in UTF-16 with a BOM', Buffer.from(`\ufeff${json}`, 'utf16le')],
    ['in UTF-16 without one', Buffer.from(json, 'utf16le')],
    ['in UTF-16, big end first', Buffer.from(`\ufeff${json}`, 'utf16le').swap16()],
    ['as text/plain', json, { 'content-type': 'text/plain' }],
    ['as text/html', json, { 'content-type': 'text/html; charset=utf-8' }],
    ['as UTF-8 that is called something else', json, { 'content-type': 'application/json; charset=gbk' }],
    ['with an unknown charset', json, { 'content-type': 'application/json; charset=x-odd' }],
    ['with white space around', `\r\n\n  ${json}  \n`],
    ['with something behind', `${json}\n<!-- served by cache -->`],
    ['with a bracket too many', `${json}}`],
    ['as a line of its own', `${json}\n${json}\n`],
    ['as an event', `event: message\nid: 7\ndata: ${json}\n\n`],
    ['as events with an end', `: hello\n\ndata: ${json}\n\ndata: [DONE]\n\n`],
    ['within a string', JSON.stringify(json)],
    ['with NaN', json.replace('}', ',"eta":NaN,"low":-Infinity}')],
    ['with a comma too many', json.replace('}', ',}')],
    ['with a line break within a string', json.replace('}', ',"note":"one\ntwo\t"}')],
    ['in a list of one', `[${json}]`],
    ['with a very long number', json.replace('}', ',"seed":123456789012345678901234567890}')],
  ])('%s', async (_, text, headers = { 'content-type': 'application/json' }) => {
    await expectRead(body(Buffer.from(text as string), headers))
  })

  test('in the charset that it names', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`{"id":"${id}","status":"done","prompt":"`),
      Buffer.of(0xd6, 0xd0),
      Buffer.from('"}'),
    ])
    const answer = body(bytes, { 'content-type': 'application/json; charset=GBK' })
    expect(await outcomes(answer).retrieve()).toMatchObject({ video: { prompt: '中' } })
  })

  test('line by line, and the last line counts', async () => {
    const lines = ['queued', 'in_progress', 'completed'].map((status) => JSON.stringify({ id, status }))
    expect(await outcomes(body(Buffer.from(lines.join('\n')))).retrieve()).toMatchObject({
      video: { status: 'completed' },
    })
    expect(
      await outcomes(body(Buffer.from(lines.map((line) => `data: ${line}\n\n`).join('')))).retrieve(),
    ).toMatchObject({
      video: { status: 'completed' },
    })
  })
})

test('a page that has JSON in it is no answer', async () => {
  const page = Buffer.from(`<html>\n<script>\nconst x = ${json}\n</script>\n${json}\n</html>`)
  expect(await outcomes(body(page)).submit()).toMatchObject({ kind: 'in_doubt' })
  expect(await outcomes(body(page)).retrieve()).toMatchObject({ kind: 'trouble' })
})

describe('a clip within the answer is left out', () => {
  const clip = Buffer.alloc(10 * 1024 * 1024, '\u0000\u0010\u0083').toString('base64')
  test.each<[string, string]>([
    [
      'first',
      `{"videos":[{"type":"base64","base64":"${clip}"}],"id":"${id}","status":"completed","progress":100}`,
    ],
    ['last', `{"id":"${id}","status":"completed","progress":100,"videos":[{"base64":"${clip}"}]}`],
    ['twice', `{"a":"${clip}","id":"${id}","status":"completed","b":"${clip}","progress":100}`],
    [
      'with escapes',
      `{"a":"${'\\\\\\"'.repeat(1024 * 1024)}\\\\","id":"${id}","status":"completed","progress":100}`,
    ],
  ])('%s', async (_, text) => {
    for (const answer of [body(Buffer.from(text)), body(gzipSync(text), { 'content-encoding': 'gzip' })]) {
      expect(await outcomes(answer).retrieve()).toMatchObject({
        kind: 'video',
        video: { id, status: 'completed', progress: 100 },
      })
      expect(await outcomes(answer).submit()).toMatchObject({ kind: 'created', video: { id } })
    }
  })
})

test('a paid answer that is cut is read as far as it is whole', async () => {
  const cut: [string, ExternalTaskId | undefined][] = [
    ['{"id":"video_1","object":"video","sta', id],
    ['{"object":"video","status":"queued","id":"video_1",', id],
    ['{"data":{"id":"video_1","status":"queued"},"mess', id],
    ['{"code":0,"data":{"task_id":"video_1","st', id],
    ['{"prompt":"a \\"boat\\", {", "id":"video_1","x":[1,2', id],
    ['{"id":"video_1', undefined],
    ['{"id":"video_', undefined],
    ['{"id":98765', undefined],
    ['{"prompt":"an \\"id\\":\\"video_9\\",', undefined],
    ['{"request_id":"r1","message":"ok","da', undefined],
    ['{"id":"r1","code":0,"message":"ok","data":{"task', undefined],
    ['{"id":"r1","code":0,"data":{"task_id":"video_1","st', id],
    ['{"id":"r1","created":123,"data":{"task_id":"v', undefined],
    ['{"id":"r1","created":123,"data":{"task_id":"video_1","st', id],
    ['{"id":"r1","created":123,"data":{"sta', undefined],
    ['{"id":"r1","created":123,"data":{', undefined],
    ['{"id":"r1","created":123,"data":[{"task_id":"v', undefined],
    ['{"id":"r1","created":123,"data":', undefined],
    ['{"id":"r1","created":123,"data"', undefined],
    ['{"id":"r1","created":123,"dat', undefined],
    ['{"id":"r1","created":123,"', undefined],
    ['{"id":"r1","created":123,\n  "result" : {"id":"v', undefined],
    ['{"id":"r1","response":{"task":{"id":"v', undefined],
    ['{"id":"r1","output":{"task_id":"v', undefined],
    ['{"id":"r1","status":"queued","task":{"id":"v', undefined],
    ['{"data":{"task_id":"v","id":', 'v' as ExternalTaskId],
    ['{"success":true,"id":"r1","da', undefined],
    ['{"id":"r1","code":', undefined],
    ['{"id":"r1","code":0', undefined],
    ['{"id":"video_1","note":"the \\"data\\":{ of","sta', id],
    [`{"id":"video_1","x":${'['.repeat(100_000)}`, id],
    ['{"id":"video_1","usage":{"data":1},"sta', id],
    ['{"task_id":"video_1","data":{"x', id],
    ['{"id":"video_1","object":"video","s', id],
    ['{"id":"video_1","object":"video","', id],
    ['{"id":7,"status":"queued","task_i', undefined],
    ['{"data":{"id":7,"task_id":"t', undefined],
    ['{"id', undefined],
    ['', undefined],
  ]
  for (const [text, read] of cut) {
    for (const answer of [
      cutOff(text),
      body(Buffer.from(text)),
      cutOff(gzipSync(text).subarray(0, -6), 'gzip'),
    ]) {
      expect(await outcomes(answer).submit(), text).toMatchObject(
        read ? { kind: 'created', video: { id: read } } : { kind: 'in_doubt' },
      )
    }
  }
})

test.each(['{"id":"video_1","status":"completed","vi', '{"status":"success","da'])(
  'a look that is cut tells nothing: %s',
  async (text) => {
    expect(await outcomes(cutOff(text)).retrieve()).toMatchObject({ kind: 'trouble' })
    expect(await outcomes(body(Buffer.from(text))).retrieve()).toMatchObject({ kind: 'trouble' })
  },
)

/** More is announced, this comes, and the connection ends. */
function cutOff(bytes: string | Buffer, coding = 'identity'): Answer {
  return (response) => {
    response.writeHead(200, { 'content-length': 9999, 'content-encoding': coding })
    response.write(bytes, () => response.socket?.end())
    response.flushHeaders()
  }
}

function body(bytes: Buffer, headers: Record<string, string> = {}): Answer {
  return (response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    response.end(bytes)
  }
}

async function expectRead(answer: Answer): Promise<void> {
  expect(await outcomes(answer).submit()).toMatchObject({ kind: 'created', video: { id } })
  expect(await outcomes(answer).retrieve()).toMatchObject({
    kind: 'video',
    video: { id, status: 'in_progress', progress: 40, prompt: 'a boat, 一只船' },
  })
}

/** What a client makes of an upstream that always answers so. */
function outcomes(answer: Answer) {
  const client = anUpstream(answer).then(({ url }) =>
    aClient(url, { submitTimeoutMs: 50_000, pollTimeoutMs: 50_000 }),
  )
  return {
    submit: async () => (await client).submit({ prompt: 'a boat' }, allowed),
    retrieve: async () => (await client).retrieve(id),
    list: async () => (await client).list(),
  }
}
