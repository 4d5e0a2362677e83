import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { aClient, allowed, aTcpUpstream, id } from './upstream.ts'

const json = '{"id":"video_1","object":"video","status":"queued"}'
const length = `content-length: ${json.length}`
const ok = `HTTP/1.1 200 OK\r\n${length}\r\n\r\n${json}`
const manyHeaders = Array.from({ length: 4000 }, (_, n) => `x-${n}: 1\r\n`).join('')
const chunks = `${json.length.toString(16)}\r\n${json}\r\n0\r\n`

const fine: [string, string][] = [
  ['after 102 and 103', `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${ok}`],
  ['by HTTP/1.0, its end being that of the connection', `HTTP/1.0 200 OK\r\n\r\n${json}`],
  [
    'by HTTP/1.1, its end being that of the connection',
    `HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${json}`,
  ],
  [
    'in chunks with trailers',
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x\r\n\r\n${chunks}x: 1\r\n\r\n`,
  ],
  ['without a reason', `HTTP/1.1 200\r\n${length}\r\n\r\n${json}`],
  ['as 201', ok.replace('200 OK', '201 Created')],
  ['as 202', ok.replace('200 OK', '202 Accepted')],
  ['as 299', ok.replace('200 OK', '299 Odd')],
  [
    'with a header of 20 000 bytes',
    ok.replace('\r\n', `\r\ncontent-security-policy: ${'a'.repeat(20_000)}\r\n`),
  ],
  ['with 60 000 bytes of headers', ok.replace('\r\n', `\r\n${`x: ${'a'.repeat(995)}\r\n`.repeat(60)}`)],
  ['with thousands of headers', ok.replace('\r\n', `\r\n${manyHeaders}`)],
  ['with bytes beyond ASCII in a header', ok.replace('\r\n', '\r\nx-city: Z\u00fcrich \u00ff\u0080\r\n')],
  [
    'with an odd keep-alive',
    ok.replace('\r\n', '\r\nkeep-alive: timeout=soon\r\nconnection: x, keep-alive\r\n'),
  ],
  [
    'with an upgrade that nobody asked for',
    ok.replace('\r\n', '\r\nupgrade: h2c\r\nconnection: upgrade\r\n'),
  ],
  ['with less than it has', ok.replace(length, `content-length: ${json.length - 3}`)],
]
/** What only one that pays puts up with: undici does not. */
const odd: [string, string][] = [
  ['after a 100 that nobody asked for', `HTTP/1.1 100 Continue\r\n\r\n${ok}`],
  [
    'with a length and in chunks',
    `HTTP/1.1 200 OK\r\n${length}\r\ntransfer-encoding: chunked\r\n\r\n${chunks}\r\n`,
  ],
  ['with control characters in a header', ok.replace('\r\n', '\r\nx: a\u0001b\r\n')],
  ['with a folded header', ok.replace('\r\n', '\r\nx: a\r\n  b\r\n')],
  ['in lines that end in LF', ok.replaceAll('\r\n', '\n')],
  ['with more announced than sent', ok.replace(length, `content-length: ${json.length + 9}`)],
  ['in chunks without an end', `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunks.slice(0, -3)}`],
]

describe('a paid answer is read when it comes', () => {
  test.each([...fine, ...odd])('%s', async (_, bytes) => {
    expect(await submitTo(says(bytes))).toMatchObject({ kind: 'created', video: { id } })
  })

  test('byte by byte', async () => {
    const outcome = await submitTo(async (socket) => {
      for (const byte of ok) await new Promise((sent) => socket.write(byte, sent))
    })
    expect(outcome).toMatchObject({ kind: 'created', video: { id } })
  })
})

test.each(fine.filter(([name]) => !name.includes('less')))(
  'a look is read when it comes %s',
  async (_, bytes) => {
    const { url } = await aTcpUpstream(whenAsked(says(bytes)))
    expect(await aClient(url).retrieve(id)).toMatchObject({ kind: 'video', video: { status: 'queued' } })
  },
)

describe('a refusal is one', () => {
  const refused = 'HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n'
  const said = '{"error":{"code":"bad_size","message":"no such size"}'
  test.each<[string, string, string | undefined]>([
    ['that is 1.5 MB long', `${refused}\r\n${said},"x":[${'"word",'.repeat(220_000)}"end"]}`, 'bad_size'],
    ['that has a string of 1.5 MB', `${refused}\r\n${said},"x":"${'x'.repeat(1_500_000)}"}`, 'bad_size'],
    ['that is 1.5 MB of page', `${refused}\r\n<html>${'<p>no</p>'.repeat(170_000)}`, undefined],
    ['that is cut', `${refused}content-length: 999\r\n\r\n${said},"x`, 'bad_size'],
    ['that is cut at once', `${refused}content-length: 999\r\n\r\n`, undefined],
    ['that is badly packed', `${refused}content-encoding: gzip\r\n\r\n\u001f\u008bno gzip at all`, undefined],
    ['in broken chunks', `${refused}transfer-encoding: chunked\r\n\r\nxyz\r\n${said}`, undefined],
  ])('%s', async (_, bytes, upstreamCode) => {
    expect(await submitTo(says(bytes))).toMatchObject({
      kind: 'refused',
      errorCode: 'upstream_refused',
      upstreamCode,
    })
  })

  test.each([
    [400, 'refused'],
    [422, 'refused'],
    [429, 'not_now'],
    [402, 'not_now'],
    [500, 'in_doubt'],
  ])('%i whose body stalls is not waited for: it is %s', async (status, kind) => {
    const outcome = await submitTo((socket) => {
      socket.write(`HTTP/1.1 ${status} No\r\nretry-after: 7\r\ncontent-length: 999\r\n\r\n{"error":`)
    }, 3_600_000)
    expect(outcome).toMatchObject({ kind })
    if (kind !== 'refused') expect(outcome).toMatchObject({ retryAfterMs: 7000 })
  })

  test('of a look, too', async () => {
    const { url } = await aTcpUpstream(
      whenAsked(says('HTTP/1.1 404 Not Found\r\ncontent-length: 999\r\n\r\n{"err')),
    )
    expect(await aClient(url).retrieve(id)).toEqual({ kind: 'missing' })
  })
})

test.each<[string, string]>([
  ['no HTTP', json],
  ['500 that is cut', 'HTTP/1.1 500 Oh\r\ncontent-length: 99\r\n\r\n{"error":'],
  ['headers without end', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(50_000)}`],
  ['a 100 and nothing else', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ['101', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
])('a submission is in doubt when upstream answers %s', async (_, bytes) => {
  expect(await submitTo(says(bytes))).toMatchObject({ kind: 'in_doubt' })
})

/** Sends these bytes and no more. */
function says(bytes: string) {
  return (socket: Socket) => socket.end(Buffer.from(bytes, 'latin1'))
}

async function submitTo(answer: (socket: Socket) => unknown, submitTimeoutMs = 50_000) {
  const { url } = await aTcpUpstream(whenAsked(answer))
  return aClient(url, { submitTimeoutMs }).submit({ prompt: 'a boat' }, allowed)
}

function whenAsked(answer: (socket: Socket) => unknown) {
  return (socket: Socket) => void socket.once('data', () => answer(socket))
}
