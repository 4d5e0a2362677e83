import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { aContentStand } from './content-stand.ts'
import { buildTestApp } from './test-app.ts'

const stand = await aContentStand()
const { api, clip, whole, etag, asAdmin, linkOf, fetchLink } = stand
afterAll(() => Promise.all([api.stop(), stand.upstream.close()]))
beforeEach(() => asAdmin('DELETE', '/faults'))
const link = await linkOf(clip.videoId)

describe('a range', () => {
  test.each([
    'bytes=0-0,-1',
    'bytes=0-0,10-20',
    `bytes=${Array(10_000).fill('0-').join(',').slice(0, 12_000)}`,
    'bytes=',
    'bytes=abc',
    'bytes=-',
    'bytes=5-2',
    'bytes=0x1-',
    'bytes=1-2-3',
    'bytes=+1-2',
    'bytes = 0-1',
    'bytes',
    '0-1',
    '',
    'seconds=1-2',
    'items=0-1',
  ])('that is none of bytes, or several, is ignored (%#)', async (range) => {
    const played = await fetchLink(link, { range })
    expect(played.status).toBe(200)
    expect(played.headers.get('content-range')).toBeNull()
    expect(played.headers.get('accept-ranges')).toBe('bytes')
    expect(Buffer.from(await played.arrayBuffer())).toEqual(whole)
  })

  test.each<[string, number, number | undefined]>([
    ['bytes=0-18446744073709551616', 0, undefined],
    ['bytes=5-99999999999999999999999999999999', 5, undefined],
    ['bytes=0-9007199254740993', 0, undefined],
    ['bytes=-99999999999999999999', 0, undefined],
    ['bytes=-9007199254740991', 0, undefined],
    ['Bytes=0-1', 0, 2],
    ['BYTES=00000000000000000000000002-4', 2, 5],
    ['bytes= 3-5', 3, 6],
    ['bytes=,3-5,,', 3, 6],
    ['bytes=-1', -1, undefined],
    ['bytes=0-0', 0, 1],
  ])('as %s is sent', async (range, from, to) => {
    const played = await fetchLink(link, { range })
    expect(played.status).toBe(206)
    expect(Buffer.from(await played.arrayBuffer())).toEqual(whole.subarray(from, to))
  })

  test.each([
    'bytes=-0',
    'bytes=99999999999999999999-',
    'bytes=9007199254740000-',
    'bytes=999999999-999999999',
  ])('as %s is beyond the video', async (range) => {
    const refused = await fetchLink(link, { range })
    expect(refused.status).toBe(416)
    expect(refused.headers.get('content-range')).toBe(`bytes */${whole.length}`)
    expect(await refused.json()).toMatchObject({ success: false, code: 'range_not_satisfiable' })
  })

  test('counts while the video is still the same', async () => {
    const played = await fetchLink(link, { range: 'bytes=0-9', 'if-range': etag })
    expect(played.status).toBe(206)
    expect(Buffer.from(await played.arrayBuffer())).toEqual(whole.subarray(0, 10))
  })

  test.each(['"another"', 'W/"weak"', 'Tue, 24 Nov 2026 21:00:00 GMT'])(
    'of what has changed since %s is the whole',
    async (ifRange) => {
      const played = await fetchLink(link, { range: 'bytes=0-9', 'if-range': ifRange })
      expect(played.status).toBe(200)
      expect(Buffer.from(await played.arrayBuffer())).toEqual(whole)
    },
  )

  test('beyond what has changed since is the whole', async () => {
    const played = await fetchLink(link, { range: 'bytes=999999999-', 'if-range': '"another"' })
    expect(played.status).toBe(200)
    expect(played.headers.get('content-range')).toBeNull()
    expect(Buffer.from(await played.arrayBuffer())).toEqual(whole)
  })

  test('beyond a video that is still the same is refused', async () => {
    const refused = await fetchLink(link, { range: 'bytes=999999999-', 'if-range': etag })
    expect(refused.status).toBe(416)
    expect(refused.headers.get('content-range')).toBe(`bytes */${whole.length}`)
  })

  test('beyond the video is told in the envelope', async () => {
    const refused = await fetchLink(link, { range: 'bytes=999999999-', 'accept-language': 'zh' })
    expect(refused.headers.get('content-range')).toBe(`bytes */${whole.length}`)
    expect(await refused.json()).toMatchObject({
      code: 'range_not_satisfiable',
      message: '视频没有所请求的范围',
    })
  })
})

describe('HEAD', () => {
  test('answers what GET would, without the bytes', async () => {
    const headers = { range: 'bytes=0-9' }
    const got = await fetchLink(link, headers)
    const head = await fetchLink(link, headers, { method: 'HEAD' })
    expect(head.status).toBe(206)
    for (const name of ['content-type', 'content-length', 'content-range', 'etag', 'accept-ranges'])
      expect(head.headers.get(name), name).toBe(got.headers.get(name))
    expect(await head.text()).toBe('')
    await got.body?.cancel()
  })

  test('of a link that is spent is refused', async () => {
    expect((await fetchLink(`${link}x`, {}, { method: 'HEAD' })).status).toBe(403)
  })
})

describe('a video is sent so that a browser does nothing but play it', () => {
  test('with a name and a safe type', async () => {
    const played = await fetchLink(link)
    expect(Object.fromEntries(played.headers)).toMatchObject({
      'content-type': 'video/mp4',
      'content-disposition': `inline; filename="${clip.videoId}.mp4"`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    })
    await played.body?.cancel()
  })

  test.each([
    ['video/webm; codecs=vp9', 'video/webm', 'inline'],
    ['VIDEO/MP4;charset=binary', 'video/mp4', 'inline'],
    ['binary/octet-stream', 'video/mp4', 'inline'],
    ['application/octet-stream', 'video/mp4', 'inline'],
    ['video/x-msvideo', 'video/x-msvideo', 'inline'],
    ['video/vnd.unheard-of', 'application/octet-stream', 'attachment'],
  ])('when upstream says %s, as %s', async (told, type, disposition) => {
    const odd = await anOddApi((_, response) =>
      response.writeHead(200, { 'content-type': told }).end('bytes'),
    )
    const played = await fetch(odd.link)
    expect(played.headers.get('content-type')).toBe(type)
    expect(played.headers.get('content-disposition')).toContain(disposition)
    expect(await played.text()).toBe('bytes')
  })

  test('and a page is never sent', async () => {
    await asAdmin('POST', '/faults', { name: 'bad_json', scope: 'content' })
    const refused = await fetchLink(link)
    expect(refused.status).toBe(410)
    expect(await refused.json()).toMatchObject({ success: false, code: 'content_expired' })
  })
})

describe('what the client has already', () => {
  test.each<[string, (tag: string) => string]>([
    ['its tag', (tag) => tag],
    ['its weak tag', (tag) => `W/${tag}`],
    ['several tags', (tag) => `"one", ${tag} ,W/"two"`],
    ['anything', () => '*'],
  ])('is not sent again to who names %s', async (_, tagsOf) => {
    for (const init of [{}, { method: 'HEAD' }]) {
      for (const more of [{}, { range: 'bytes=0-9' }, { range: 'bytes=999999999-' }]) {
        const known = await fetchLink(link, { 'if-none-match': tagsOf(etag), ...more }, init)
        expect(known.status).toBe(304)
        expect(known.headers.get('etag')).toBe(etag)
        expect(known.headers.get('cache-control')).toBe('private, max-age=600')
        expect(known.headers.get('content-range')).toBeNull()
        expect(await known.text()).toBe('')
      }
    }
  })

  test.each<[string, Record<string, string>]>([
    ['another tag', { 'if-none-match': '"another"' }],
    ['its tag without quotes', { 'if-none-match': etag.replaceAll('"', '') }],
    [
      'another tag and a later date',
      { 'if-none-match': '"a"', 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' },
    ],
    ['no date', { 'if-modified-since': 'soon' }],
  ])('is sent to who names %s', async (_, headers) => {
    const played = await fetchLink(link, headers)
    expect(played.status).toBe(200)
    expect(Buffer.from(await played.arrayBuffer())).toEqual(whole)
  })

  test('is told by its date, too', async () => {
    const date = 'Sat, 28 Nov 2026 12:00:00 GMT'
    const odd = await anOddApi((_, response) =>
      response.writeHead(200, { 'content-type': 'video/mp4', 'last-modified': date }).end('bytes'),
    )
    expect((await fetch(odd.link, { headers: { 'if-modified-since': date } })).status).toBe(304)
    const older = { 'if-modified-since': 'Sat, 28 Nov 2026 11:59:59 GMT' }
    expect(await (await fetch(odd.link, { headers: older })).text()).toBe('bytes')
  })
})

test('upstream’s own headers go no further', async () => {
  const told = { 'set-cookie': 'a=1', 'access-control-allow-origin': '*', 'x-request-id': 'theirs' }
  const odd = await anOddApi((_, response) => response.writeHead(200, told).end('bytes'))
  const played = await fetch(odd.link)
  for (const name of Object.keys(told)) expect(played.headers.get(name), name).toBeNull()
  await played.body?.cancel()
})

test('a redirect within upstream is followed', async () => {
  await asAdmin('POST', '/faults', { name: 'redirect', scope: 'content' })
  const played = await fetchLink(link, { range: 'bytes=0-9' })
  expect(played.status).toBe(206)
  expect(Buffer.from(await played.arrayBuffer())).toEqual(whole.subarray(0, 10))
})

describe('where upstream has no content but names an address', () => {
  const elsewhere = { prefix: '/sora/v1', clipHost: 'localhost' }
  const atLocalhost = (url: string) => `http://localhost:${new URL(url).port}`

  test('an address at upstream is played', async () => {
    await using relay = disposable(await aContentStand({ prefix: '/sora/v1' }))
    await relay.asAdmin('POST', '/faults', { name: 'empty', scope: 'content' })
    const played = await relay.fetchLink(await relay.linkOf(relay.clip.videoId), { range: 'bytes=5-9' })
    expect(played.status).toBe(206)
    expect(Buffer.from(await played.arrayBuffer())).toEqual(relay.whole.subarray(5, 10))
  })

  test('an origin that an operator named is played from', async () => {
    await using relay = disposable(
      await aContentStand(elsewhere, (url) => ({
        SORA_CONTENT_ORIGINS: `https://cdn.test, ${atLocalhost(url)}`,
      })),
    )
    await relay.asAdmin('POST', '/faults', { name: 'empty', scope: 'content' })
    const played = await relay.fetchLink(await relay.linkOf(relay.clip.videoId))
    expect(Buffer.from(await played.arrayBuffer())).toEqual(relay.whole)
  })

  test('an address on this machine is not played from', async () => {
    await using relay = disposable(await aContentStand(elsewhere))
    await relay.asAdmin('POST', '/faults', { name: 'empty', scope: 'content' })
    const refused = await relay.fetchLink(await relay.linkOf(relay.clip.videoId))
    expect(refused.status).toBe(502)
    expect(await refused.json()).toMatchObject({ success: false, code: 'upstream_bad_content' })
  })
})

test('upstream is let go when the client leaves', async () => {
  const odd = await anOddApi((_, response) => response.writeHead(200).write('first bytes'))
  const leaving = new AbortController()
  const played = await fetch(odd.link, { signal: leaving.signal })
  const reader = played.body?.getReader()
  await reader?.read()
  expect(await odd.connections()).toBe(1)
  leaving.abort()
  await expect.poll(odd.connections, { timeout: 10_000 }).toBe(0)
})

test('upstream is let go when the client leaves before it answers', async () => {
  const odd = await anOddApi(() => {})
  const leaving = new AbortController()
  const played = fetch(odd.link, { signal: leaving.signal })
  await expect.poll(odd.connections, { timeout: 10_000 }).toBe(1)
  leaving.abort()
  await expect(played).rejects.toThrow()
  await expect.poll(odd.connections, { timeout: 10_000 }).toBe(0)
})

test('a video that breaks off is not taken for a whole one', async () => {
  const odd = await anOddApi((_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy())
  })
  const played = await fetch(odd.link)
  await expect(played.arrayBuffer()).rejects.toThrow()
})

/** An api before an upstream that answers as the test wants, with a link to a clip. */
async function anOddApi(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const odd = await buildTestApp({
    env: { SORA_BASE_URL: `http://127.0.0.1:${port}/v1`, DATABASE_URL: api.config.DATABASE_URL },
  })
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await odd.stop()
  })
  const owner = await odd.aUser()
  const { videoId } = await odd.aTask(owner, { status: 'COMPLETED' })
  const { url } = (await owner.get(`/api/video/tasks/${videoId}/content`)).json().data
  return {
    link: new URL(url, await odd.listen()),
    connections: () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count))),
  }
}

function disposable(relay: Awaited<ReturnType<typeof aContentStand>>) {
  return {
    ...relay,
    [Symbol.asyncDispose]: async () => {
      await relay.api.stop()
      await relay.upstream.close()
    },
  }
}
