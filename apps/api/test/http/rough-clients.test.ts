import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test, vi } from 'vitest'
import { aListeningApi, aSocket } from '../support/api-process.ts'
import { buildTestApp } from '../support/test-app.ts'

const get = 'GET /health HTTP/1.1\r\nhost: api\r\n'
const post = 'POST /api/auth/login HTTP/1.1\r\nhost: api\r\ncontent-type: application/json\r\n'
const chunked = `${post}transfer-encoding: chunked\r\n\r\n`

/** Each is answered or cut; what counts is that the process lives on. */
const rough: Record<string, string> = {
  'a websocket': `${get}connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\nsec-websocket-version: 13\r\n\r\n`,
  'HTTP/2 by upgrade': `${get}connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n\r\n`,
  'HTTP/2 at once': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  CONNECT: 'CONNECT upstream.test:443 HTTP/1.1\r\nhost: upstream.test:443\r\n\r\n',
  'OPTIONS of all': 'OPTIONS * HTTP/1.1\r\nhost: api\r\n\r\n',
  TRACE: 'TRACE / HTTP/1.1\r\nhost: api\r\n\r\n',
  'a method of its own': 'BREW /pot HTTP/1.1\r\nhost: api\r\n\r\n',
  'an expectation of nonsense': `${post}expect: nonsense\r\ncontent-length: 2\r\n\r\n{}`,
  'an expectation that is met': `${post}expect: 100-continue\r\ncontent-length: 2\r\n\r\n{}`,
  TLS: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  noise: '\0\x01\x02\xff\xfe'.repeat(1000),
  'an older HTTP': 'GET /health\r\n\r\n',
  'a chunk of no size': `${chunked}zz\r\n{}\r\n0\r\n\r\n`,
  'a chunk of a huge size': `${chunked}ffffffffffffffffff\r\n{}\r\n`,
  'a chunk that is too long': `${chunked}2\r\n{}}\r\n0\r\n\r\n`,
  'an extension without end': `${chunked}2;${'x'.repeat(40_000)}\r\n{}\r\n0\r\n\r\n`,
  trailers: `${chunked}2\r\n{}\r\n0\r\nx: ${'y'.repeat(10_000)}\r\n\r\n`,
  'two lengths': `${post}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`,
  'a length and chunks': `${post}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  'a length below zero': `${post}content-length: -1\r\n\r\n{}`,
  'three thousand headers': `${get}${Array.from({ length: 3000 }, (_, i) => `h${i}: \r\n`).join('')}\r\n`,
  'a header of 100 KB': `${get}x: ${'y'.repeat(100_000)}\r\n\r\n`,
  'an address of 100 KB': `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nhost: api\r\n\r\n`,
  'an address with a NUL': 'GET /health\0 HTTP/1.1\r\nhost: api\r\n\r\n',
  'no address': 'GET  HTTP/1.1\r\nhost: api\r\n\r\n',
  'an address of another host': 'GET http://other.test/health HTTP/1.1\r\nhost: api\r\n\r\n',
  'an address that is none': 'GET //// HTTP/1.1\r\nhost: api\r\n\r\n',
  'half a form': `POST /api/video/tasks/video_1_a/remix HTTP/1.1\r\nhost: api\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: 50\r\n\r\n--b\r\n`,
  'ten thousand requests at once': `${get}\r\n`.repeat(10_000),
}

test('no client ends the process', async () => {
  await using store = await buildTestApp()
  const { database, redis } = store.config
  const env = { DATABASE_URL: database.url, REDIS_PREFIX: redis.prefix }
  const api = await aListeningApi({
    enter: ['sh', '-c', 'ulimit -n 256; exec "$0" "$@"'],
    env,
  })
  const serves = () =>
    vi.waitFor(
      async () => expect((await fetch(`${api.origin}/health`).catch(() => undefined))?.status).toBe(200),
      { interval: 50 },
    )

  for (const [name, bytes] of Object.entries(rough)) {
    // To its end, cut by a reset after the request, and in the midst of it.
    const { socket, closed } = await aSocket(api, bytes)
    socket.end()
    await closed
    for (const part of [bytes, bytes.slice(0, bytes.length / 2)]) {
      const cut = connect(api.port, '127.0.0.1').on('error', () => {})
      await once(cut, 'connect')
      await new Promise((resolve) => cut.write(part, resolve))
      cut.resetAndDestroy()
    }
    await serves()
    expect(api.child.exitCode, name).toBeNull()
  }
  expect(api.output()).not.toContain('nobody caught')
  expect(api.output()).not.toContain('"level":50')

  api.child.kill('SIGTERM')
  expect(await api.ended).toEqual([0, null])
})
