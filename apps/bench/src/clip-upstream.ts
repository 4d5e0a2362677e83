import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Every video is completed, and its clip as long as the end of its name says: an MP4 whose pictures are one piece over and
 * over.
 */
const piece = Buffer.alloc(64 * 1024, 'clip')

const server = createServer((request, response) => {
  const path = request.url ?? '/'
  const [, bytes] = /(\d+)\/content$/.exec(path) ?? []
  if (bytes) return sendClip(Number(bytes), request.headers.range, response)
  response.setHeader('content-type', 'application/json')
  response.end(
    `{"id":"${path.slice(path.lastIndexOf('/') + 1)}","object":"video","model":"sora-2","status":"completed","progress":100,"created_at":1700000000,"size":"1280x720","seconds":"8"}`,
  )
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))

function sendClip(bytes: number, range: string | undefined, response: ServerResponse): void {
  const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? []
  const first = Number(from)
  const last = to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1)
  response.writeHead(range ? 206 : 200, {
    'content-type': 'video/mp4',
    'content-length': last + 1 - first,
    'accept-ranges': 'bytes',
    etag: '"clip"',
    ...(range && { 'content-range': `bytes ${first}-${last}/${bytes}` }),
  })
  sendFrom(headOf(bytes), first, last + 1, response)
}

function sendFrom(head: Buffer, first: number, end: number, response: ServerResponse): void {
  for (let at = first; at < end; ) {
    const chunk = at < head.length ? head.subarray(at, end) : piece.subarray(0, end - at)
    at += chunk.length
    if (response.destroyed) return
    if (!response.write(chunk) && at < end) {
      response.once('drain', () => sendFrom(head, at, end, response))
      return
    }
  }
  response.end()
}

function headOf(bytes: number): Buffer {
  const head = Buffer.alloc(48)
  head.writeUInt32BE(24)
  head.write('ftypisom', 4)
  head.writeUInt32BE(8, 24)
  head.write('moov', 28)
  // What is longer than 4 GiB has its length behind its name; so may any.
  head.writeUInt32BE(1, 32)
  head.write('mdat', 36)
  head.writeBigUInt64BE(BigInt(bytes - 32), 40)
  return head
}
