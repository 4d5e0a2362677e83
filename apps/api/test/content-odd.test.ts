import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anOddStand } from './content-stand.ts'
import { buildTestApp, type TestApp } from './test-app.ts'

let shared: TestApp
beforeAll(async () => {
  shared = await buildTestApp()
})
afterAll(() => shared.stop())
const anApi = (answer: RequestListener, env = {}) =>
  anOddStand(answer, { DATABASE_URL: shared.config.DATABASE_URL, ...env })

const clip = Buffer.alloc(300_000)
clip.write('\0\0\0\x18ftypmp42', 'latin1')
for (let at = 12; at < clip.length; at += 1) clip[at] = (at * 31 + (at >> 8)) % 251
const total = clip.length
const mp4 = { 'content-type': 'video/mp4' }

/** The range of a request, for servers that honour it. */
function rangeOf({ headers }: IncomingMessage): [number, number] | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '')
  if (!match) return undefined
  const [, first, last] = match
  if (first === '') return [Math.max(0, total - Number(last)), total - 1]
  return [Number(first), Math.min(total - 1, last ? Number(last) : total - 1)]
}

function inPart(response: ServerResponse, [first, last]: [number, number], headers: object = {}) {
  if (first >= total) return response.writeHead(416, { 'content-range': `bytes */${total}` }).end()
  response.writeHead(206, {
    ...mp4,
    'content-range': `bytes ${first}-${last}/${total}`,
    'content-length': last + 1 - first,
    ...headers,
  })
  response.end(clip.subarray(first, last + 1))
}

const whole = (headers: object, bytes = clip): RequestListener => {
  return (_, response) => {
    response.writeHead(200, { ...mp4, ...headers })
    response.write(bytes.subarray(0, 50_000))
    response.end(bytes.subarray(50_000))
  }
}
const honest: RequestListener = (request, response) => {
  const range = rangeOf(request)
  if (range) inPart(response, range)
  else whole({ 'content-length': total })(request, response)
}
const gzip = gzipSync(clip)

const servers: [string, RequestListener][] = [
  ['honours ranges', honest],
  ['ignores ranges', whole({ 'content-length': total })],
  ['ignores ranges and tells no length', whole({})],
  ['sends gzip', whole({ 'content-encoding': 'gzip' }, gzip)],
  ['sends gzip with its length', whole({ 'content-encoding': 'GZip', 'content-length': gzip.length }, gzip)],
  ['sends x-gzip', whole({ 'content-encoding': 'x-gzip' }, gzip)],
  ['sends br', whole({ 'content-encoding': 'br' }, brotliCompressSync(clip))],
  ['sends deflate', whole({ 'content-encoding': 'deflate' }, deflateSync(clip))],
  ['sends raw deflate', whole({ 'content-encoding': 'deflate' }, deflateRawSync(clip))],
  ['sends zstd', whole({ 'content-encoding': 'zstd' }, zstdCompressSync(clip))],
  ['sends br in gzip', whole({ 'content-encoding': 'br, gzip' }, gzipSync(brotliCompressSync(clip)))],
  ['calls gzip what isn’t', whole({ 'content-encoding': 'gzip', 'content-length': total })],
  ['calls identity identity', whole({ 'content-encoding': 'identity' })],
  [
    'sends parts of gzip',
    (request, response) => {
      const [first, last] = rangeOf(request) ?? [0, gzip.length - 1]
      const coded = { ...mp4, 'content-encoding': 'gzip' }
      if (!request.headers.range) return response.writeHead(200, coded).end(gzip)
      response.writeHead(206, { ...coded, 'content-range': `bytes ${first}-${last}/${gzip.length}` })
      response.end(gzip.subarray(first, last + 1))
    },
  ],
  [
    'sends another part',
    (request, response) => {
      if (rangeOf(request)) inPart(response, [7, 9])
      else whole({})(request, response)
    },
  ],
  [
    'sends a larger part',
    (request, response) => {
      const range = rangeOf(request)
      if (range) inPart(response, [Math.max(0, range[0] - 100), Math.min(total - 1, range[1] + 100)])
      else whole({})(request, response)
    },
  ],
  [
    'sends parts of 100 000 bytes at most',
    (request, response) => {
      const [first, last] = rangeOf(request) ?? [0, total - 1]
      inPart(response, [first, Math.min(last, first + 99_999)])
    },
  ],
  ['calls all of it a part', (_, response) => inPart(response, [0, total - 1])],
  ['sends parts without saying which', (_, response) => response.writeHead(206, mp4).end(clip)],
  [
    'sends parts of nobody knows how much',
    (request, response) => {
      const range = rangeOf(request)
      if (range) inPart(response, range, { 'content-range': `bytes ${range[0]}-${range[1]}/*` })
      else whole({})(request, response)
    },
  ],
  [
    'sends several parts',
    (request, response) => {
      if (!request.headers.range) return whole({ 'content-length': total })(request, response)
      response.writeHead(206, { 'content-type': 'multipart/byteranges; boundary=b' })
      response.end('--b\r\ncontent-range: bytes 0-1/300000\r\n\r\n\0\0\r\n--b--')
    },
  ],
  [
    'refuses all ranges',
    (request, response) => {
      if (request.headers.range) response.writeHead(416).end()
      else whole({})(request, response)
    },
  ],
  [
    'refuses all ranges with a length',
    (request, response) => {
      if (request.headers.range) response.writeHead(416, { 'content-range': `bytes */${total}` }).end()
      else whole({})(request, response)
    },
  ],
  [
    'breaks off after 80 000 bytes each time',
    (request, response) => {
      const range = rangeOf(request)
      const [first, last] = range ?? [0, total - 1]
      if (first >= total) return inPart(response, [first, last])
      const part = { 'content-range': `bytes ${first}-${last}/${total}` }
      response.writeHead(range ? 206 : 200, {
        ...mp4,
        'content-length': last + 1 - first,
        ...(range && part),
      })
      const some = clip.subarray(first, Math.min(first + 80_000, last + 1))
      response.write(some, () => response.destroy())
    },
  ],
  [
    'has no type',
    (request, response) => {
      response.removeHeader('content-type')
      const range = rangeOf(request)
      if (range) inPart(response, range, { 'content-type': '' })
      else response.writeHead(200).end(clip)
    },
  ],
  [
    'calls it text',
    (request, response) => {
      const range = rangeOf(request)
      if (range) inPart(response, range, { 'content-type': 'text/plain; charset=utf-8' })
      else whole({ 'content-type': 'text/plain; charset=utf-8' })(request, response)
    },
  ],
  [
    'redirects to where it is',
    (request, response) => {
      if (request.url === '/s3/a.mp4?X-Amz-Signature=abc') {
        if (request.headers.authorization) return response.writeHead(400).end('<Error/>')
        return honest(request, response)
      }
      response.writeHead(302, { location: '/s3/a.mp4?X-Amz-Signature=abc' }).end()
    },
  ],
]

describe.each(servers)('from a server that %s', (_, server) => {
  test('all of it and every part plays', async () => {
    const { link } = await anApi(server)
    const played = await fetch(link)
    expect(played.status).toBe(200)
    expect(played.headers.get('content-encoding')).toBeNull()
    expect(played.headers.get('content-range')).toBeNull()
    expect(played.headers.get('content-type')).toBe('video/mp4')
    expect([null, String(total)]).toContain(played.headers.get('content-length'))
    expect(clip.equals(Buffer.from(await played.arrayBuffer()))).toBe(true)

    const head = await fetch(link, { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(head.headers.get('content-length')).toBe(String(total))
    expect(head.headers.get('accept-ranges')).toBe('bytes')
    expect(await head.text()).toBe('')

    for (const [range, first, last] of [
      ['bytes=0-1', 0, 1],
      ['bytes=0-', 0, total - 1],
      ['bytes=500-', 500, total - 1],
      ['bytes=-500', total - 500, total - 1],
      ['bytes=200000-200099', 200_000, 200_099],
      ['bytes=0-18446744073709551616', 0, total - 1],
      [`bytes=${total - 1}-`, total - 1, total - 1],
      [`bytes=-${total + 5}`, 0, total - 1],
    ] as const) {
      const part = await fetch(link, { headers: { range } })
      expect(part.status, range).toBe(206)
      expect(part.headers.get('content-range'), range).toBe(`bytes ${first}-${last}/${total}`)
      expect(part.headers.get('content-length'), range).toBe(String(last + 1 - first))
      expect(part.headers.get('content-encoding'), range).toBeNull()
      const bytes = Buffer.from(await part.arrayBuffer())
      expect(clip.subarray(first, last + 1).equals(bytes), range).toBe(true)
    }
    const beyond = await fetch(link, { headers: { range: `bytes=${total}-` } })
    expect(beyond.status).toBe(416)
    expect(beyond.headers.get('content-range')).toBe(`bytes */${total}`)
    await beyond.body?.cancel()
  })
})

describe('what is no clip is not sent', () => {
  const answers: [string, RequestListener][] = [
    ['a page', (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    [
      'a page that says it were a video',
      (_, response) => response.writeHead(200, mp4).end('<!doctype html>'),
    ],
    ['JSON', (_, response) => response.end('{"status":"processing"}')],
    [
      'JSON as octets',
      (_, response) => response.writeHead(200, { 'content-type': 'application/octet-stream' }).end('{}'),
    ],
    [
      'an error of a store',
      (_, response) =>
        response.writeHead(200, { 'content-type': 'application/xml' }).end('<?xml version="1.0"?><Error/>'),
    ],
    ['a picture', (_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end('\x89PNG')],
    ['text', (_, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('not ready')],
    ['nothing', (_, response) => response.writeHead(200, { ...mp4, 'content-length': 0 }).end()],
    ['nothing in chunks', (_, response) => response.writeHead(200, mp4).end()],
    ['204', (_, response) => response.writeHead(204).end()],
    ['202', (_, response) => response.writeHead(202).end('soon')],
    ['403', (_, response) => response.writeHead(403).end()],
    [
      'a part of a page',
      (_, response) =>
        response
          .writeHead(206, { 'content-type': 'text/html', 'content-range': 'bytes 5-9/10' })
          .end('html>'),
    ],
  ]
  test.each(answers)('%s', async (_, answer) => {
    let look: object = { id: 'up_1', status: 'completed' }
    const { link } = await anApi((request, response) => {
      if (request.url === '/clip.mp4') return honest(request, response)
      if (request.url?.endsWith('/content')) return answer(request, response)
      response.setHeader('content-type', 'application/json').end(JSON.stringify(look))
      look = { ...look, video_url: `http://${request.headers.host}/clip.mp4` }
    })
    const headers = { range: 'bytes=5-9' }
    const refused = await fetch(link, { headers })
    expect(refused.status).toBe(410)
    expect(await refused.json()).toMatchObject({ success: false, code: 'content_expired' })
    // Now its body names an address.
    const played = await fetch(link, { headers })
    expect(played.status).toBe(206)
    expect(clip.subarray(5, 10).equals(Buffer.from(await played.arrayBuffer()))).toBe(true)
  })
})

test('a part that breaks off before its first byte is upstream’s trouble', async () => {
  const { link } = await anApi((request, response) => {
    if (!request.url?.endsWith('/content')) return response.end('{"id":"up_1","status":"completed"}')
    response.writeHead(206, { ...mp4, 'content-range': `bytes 5-9/${total}`, 'content-length': 5 })
    response.flushHeaders()
    setTimeout(() => response.destroy(), 100)
  })
  const refused = await fetch(link, { headers: { range: 'bytes=5-9' } })
  expect(refused.status).toBe(502)
  expect(await refused.json()).toMatchObject({ success: false, code: 'upstream_unavailable' })
})
