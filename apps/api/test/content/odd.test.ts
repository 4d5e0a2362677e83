import type { RequestListener } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anOddStand } from '../support/content-stand.ts'
import { clip, honest, mp4, servers, total } from '../support/odd-servers.ts'
import { buildTestApp, type TestApp } from '../support/test-app.ts'

let shared: TestApp
beforeAll(async () => {
  shared = await buildTestApp()
})
afterAll(() => shared.stop())
const anApi = (answer: RequestListener, env = {}) =>
  anOddStand(answer, { DATABASE_URL: shared.config.database.url, ...env })

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
