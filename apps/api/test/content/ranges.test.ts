import type { RequestListener } from 'node:http'
import { afterAll, describe, expect, test } from 'vitest'
import { aContentStand, anOddStand } from '../support/content-stand.ts'

const stand = await aContentStand()
const { api, clip, whole, etag, linkOf, fetchLink } = stand
afterAll(() => Promise.all([api.stop(), stand.upstream.close()]))
const link = await linkOf(clip.videoId)
const anOddApi = (answer: RequestListener) => anOddStand(answer, { DATABASE_URL: api.config.database.url })

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
      response.writeHead(200, { 'content-type': 'video/mp4', 'last-modified': date }).end('\0bytes'),
    )
    expect((await fetch(odd.link, { headers: { 'if-modified-since': date } })).status).toBe(304)
    const older = { 'if-modified-since': 'Sat, 28 Nov 2026 11:59:59 GMT' }
    expect(await (await fetch(odd.link, { headers: older })).text()).toBe('\0bytes')
  })
})

describe('what the client has a part of', () => {
  const ranges = [{}, { range: 'bytes=0-9' }, { range: 'bytes=999999999-' }]

  test.each(['"another"', 'another', '', 'W/"a", "b"', `W/${etag}`, etag.replaceAll('"', '')])(
    'is not mixed with another video, as under %s',
    async (tags) => {
      for (const more of ranges) {
        const refused = await fetchLink(link, { 'if-match': tags, ...more })
        expect(refused.status).toBe(412)
        expect(await refused.json()).toMatchObject({ code: 'precondition_failed' })
      }
      expect((await fetchLink(link, { 'if-match': tags }, { method: 'HEAD' })).status).toBe(412)
    },
  )

  test.each([etag, `"a,b" ,${etag}`, ' * '])(
    'is completed while it is the same, as under %s',
    async (tags) => {
      const headers = { 'if-match': tags, 'if-unmodified-since': 'Sat, 01 Jan 2000 00:00:00 GMT' }
      const statuses = ranges.map(async (more) => (await fetchLink(link, { ...headers, ...more })).status)
      expect(await Promise.all(statuses)).toEqual([200, 206, 416])
    },
  )

  test('is told by its date, too', async () => {
    const date = 'Sat, 28 Nov 2026 12:00:00 GMT'
    const odd = await anOddApi((_, response) =>
      response.writeHead(200, { 'content-type': 'video/mp4', 'last-modified': date }).end('\0bytes'),
    )
    const statusOf = async (headers: Record<string, string>) => (await fetch(odd.link, { headers })).status
    expect(await statusOf({ 'if-unmodified-since': 'Sat, 28 Nov 2026 11:59:59 GMT' })).toBe(412)
    expect(await statusOf({ 'if-unmodified-since': date })).toBe(200)
    expect(await statusOf({ 'if-unmodified-since': 'soon' })).toBe(200)
    expect(await statusOf({ 'if-match': '"a"' })).toBe(412)
  })
})
