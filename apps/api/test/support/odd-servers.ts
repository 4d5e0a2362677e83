import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'

export const clip = Buffer.alloc(300_000)
clip.write('\0\0\0\x18ftypmp42', 'latin1')
for (let at = 12; at < clip.length; at += 1) clip[at] = (at * 31 + (at >> 8)) % 251
export const total = clip.length
export const mp4 = { 'content-type': 'video/mp4' }

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
export const honest: RequestListener = (request, response) => {
  const range = rangeOf(request)
  if (range) inPart(response, range)
  else whole({ 'content-length': total })(request, response)
}
const gzip = gzipSync(clip)

export const servers: [string, RequestListener][] = [
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
