import type { RequestListener } from 'node:http'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { aContentStand, anOddStand } from '../support/content-stand.ts'

const stand = await aContentStand()
const { api, clip, whole, asAdmin, linkOf, fetchLink } = stand
afterAll(() => Promise.all([api.stop(), stand.upstream.close()]))
beforeEach(() => asAdmin('DELETE', '/faults'))
const link = await linkOf(clip.videoId)
const anOddApi = (answer: RequestListener) => anOddStand(answer, { DATABASE_URL: api.config.database.url })

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
      response.writeHead(200, { 'content-type': told }).end('\0bytes'),
    )
    const played = await fetch(odd.link)
    expect(played.headers.get('content-type')).toBe(type)
    expect(played.headers.get('content-disposition')).toContain(disposition)
    expect(await played.text()).toBe('\0bytes')
  })

  test('and a page is never sent', async () => {
    await asAdmin('POST', '/faults', { name: 'bad_json', scope: 'content' })
    const refused = await fetchLink(link)
    expect(refused.status).toBe(410)
    expect(await refused.json()).toMatchObject({ success: false, code: 'content_expired' })
  })
})

test('upstream’s own headers go no further', async () => {
  const told = { 'set-cookie': 'a=1', 'access-control-allow-origin': '*', 'x-request-id': 'theirs' }
  const odd = await anOddApi((_, response) => response.writeHead(200, told).end('\0bytes'))
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
  const odd = await anOddApi((_, response) => response.writeHead(200).write('\0first bytes'))
  const leaving = new AbortController()
  const played = await fetch(odd.link, { signal: leaving.signal })
  const reader = played.body?.getReader()
  await reader?.read()
  expect(await odd.connections()).toBe(1)
  leaving.abort()
  await expect.poll(odd.connections).toBe(0)
})

test('upstream is let go when the client leaves before it answers', async () => {
  const odd = await anOddApi(() => {})
  const leaving = new AbortController()
  const played = fetch(odd.link, { signal: leaving.signal })
  await expect.poll(odd.connections).toBe(1)
  leaving.abort()
  await expect(played).rejects.toThrow()
  await expect.poll(odd.connections).toBe(0)
})

test('a video that breaks off is not taken for a whole one', async () => {
  const odd = await anOddApi((_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('\0half', () => response.destroy())
  })
  const played = await fetch(odd.link)
  await expect(played.arrayBuffer()).rejects.toThrow()
})

function disposable(relay: Awaited<ReturnType<typeof aContentStand>>) {
  return {
    ...relay,
    [Symbol.asyncDispose]: async () => {
      await relay.api.stop()
      await relay.upstream.close()
    },
  }
}
