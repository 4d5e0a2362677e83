import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import type { Content } from '../src/content/content.ts'
import { BYTES } from './clip-servers.ts'
import { type Answer, aClient, anUpstream, id, json, KEY, nobody, type Received } from './upstream.ts'

const clip: Answer = (response) =>
  response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': 10 }).end('\x00123456789')
const nothing = json(404, { error: { message: 'no content' } })

const to = (location: string, status = 302): Answer => {
  return (response) => response.writeHead(status, { location }).end('moved')
}

/** An upstream whose answers depend on the path, the base URL's prefix left away. */
function aServer(answers: Record<string, Answer>) {
  return anUpstream((response, request) => {
    const answer = answers[request.url?.replace(/^\/v1/, '') ?? ''] ?? nothing
    answer(response, request)
  })
}

/** One without content, whose video names a URL in its body. */
function aServerNaming(place: (url: string) => object, url: string, more: Record<string, Answer> = {}) {
  return aServer({ '/videos/video_1': json(200, { id, status: 'completed', ...place(url) }), ...more })
}
const inVideoUrl = (url: string) => ({ video_url: url })

function open(
  baseUrl: string,
  { contentOrigins = [] as string[], range = undefined as string | undefined } = {},
) {
  const { signal } = new AbortController()
  return aClient(baseUrl, { contentOrigins }).openContent(id, { range, signal })
}

async function textOf(content: Content): Promise<string> {
  if (content.kind !== 'bytes') throw new Error(JSON.stringify(content))
  return text(content.body)
}

const originOf = (url: string) => new URL(url).origin
const keysSeen = (requests: Received[]) =>
  requests.filter(({ headers }) => JSON.stringify(headers).includes(KEY))

describe('content', () => {
  test('is asked for again where a kept connection is closed as it is used', async () => {
    const used = new WeakSet<object>()
    const upstream = await anUpstream((response, request) => {
      if (used.has(request.socket)) return request.socket.destroy()
      used.add(request.socket)
      return clip(response, request)
    })
    const client = aClient(upstream.url)
    const { signal } = new AbortController()
    for (let n = 0; n < 3; n += 1)
      expect(await textOf(await client.openContent(id, { signal }))).toHaveLength(10)
    expect(upstream.requests.length).toBeGreaterThan(3)
  })

  test('is asked for with its range and passed on', async () => {
    const upstream = await anUpstream((response) =>
      response.writeHead(206, { 'content-range': 'bytes 2-4/10' }).end('234'),
    )
    const content = await open(upstream.url, { range: 'bytes=2-4' })
    if (content.kind !== 'bytes') throw new Error(content.kind)
    expect(content.status).toBe(206)
    expect(content.header('content-range')).toBe('bytes 2-4/10')
    expect(await text(content.body)).toBe('234')
    expect(upstream.requests).toMatchObject([
      {
        path: '/v1/videos/video_1/content',
        headers: {
          range: 'bytes=2-4',
          authorization: `Bearer ${KEY}`,
          accept: expect.stringContaining('video/mp4'),
        },
      },
    ])
  })

  test('may be longer than an answer to a look', async () => {
    const upstream = await anUpstream((response) => response.end(Buffer.alloc(3 * 1024 * 1024)))
    expect(await textOf(await open(upstream.url))).toHaveLength(3 * 1024 * 1024)
    expect(upstream.requests[0]?.headers).not.toHaveProperty('range')
  })

  test('is let go when its reader leaves', async () => {
    const upstream = await anUpstream((response) => response.write(BYTES))
    const leaving = new AbortController()
    const content = await aClient(upstream.url).openContent(id, { signal: leaving.signal })
    if (content.kind !== 'bytes') throw new Error(content.kind)
    content.body.on('error', () => {})
    leaving.abort()
    await expect.poll(() => upstream.connections.every((socket) => socket.destroyed)).toBe(true)
  })

  test('is read no faster than its reader takes it', async () => {
    let written = 0
    const upstream = await anUpstream((response) => {
      const write = () => {
        written += 1
        if (written < 1000 && response.write(Buffer.alloc(64 * 1024))) setImmediate(write)
        else response.once('drain', write)
      }
      response.writeHead(200)
      write()
    })
    const content = await open(upstream.url)
    if (content.kind !== 'bytes') throw new Error(content.kind)
    content.body.on('error', () => {})
    let seen = 0
    const stands = () => {
      const before = seen
      seen = written
      return before === written
    }
    await expect.poll(stands, { interval: 300 }).toBe(true)
    expect(written).toBeLessThan(1000)
    content.body.destroy()
  })

  test('of nobody is trouble', async () => {
    expect(await open(await nobody())).toMatchObject({
      kind: 'trouble',
      reason: expect.stringContaining('ECONN'),
    })
  })

  test.each([401, 403, 429, 500, 503])('is trouble after a %i to all', async (status) => {
    const upstream = await anUpstream(json(status, {}))
    expect(await open(upstream.url)).toMatchObject({ kind: 'trouble' })
  })

  test('has no range beyond its end', async () => {
    const upstream = await anUpstream((response) =>
      response.writeHead(416, { 'content-range': 'bytes */10' }).end('a body that nobody reads'),
    )
    expect(await open(upstream.url, { range: 'bytes=99-' })).toEqual({
      kind: 'unsatisfiable',
      contentRange: 'bytes */10',
    })
  })
})

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308])('of %i within upstream is followed with the key', async (status) => {
    const upstream = await aServer({ '/videos/video_1/content': to('/clips/1', status), '/clips/1': clip })
    expect(await textOf(await open(upstream.url, { range: 'bytes=0-' }))).toBe('\x00123456789')
    expect(keysSeen(upstream.requests)).toHaveLength(2)
    expect(upstream.requests[1]?.headers.range).toBe('bytes=0-')
  })

  test('to an allowed origin is followed without the key', async () => {
    const cdn = await aServer({ '/clip.mp4?sig=1': clip })
    const upstream = await aServer({ '/videos/video_1/content': to(`${originOf(cdn.url)}/clip.mp4?sig=1`) })
    const content = await open(upstream.url, { contentOrigins: [originOf(cdn.url)] })
    expect(await textOf(content)).toBe('\x00123456789')
    expect(cdn.requests).toHaveLength(1)
    expect(keysSeen(cdn.requests)).toEqual([])
  })

  test.each(['bearer', 'raw', 'api-key'] as const)('takes a key sent as %s nowhere else', async (auth) => {
    const cdn = await aServer({ '/clip.mp4': clip })
    const upstream = await aServer({ '/videos/video_1/content': to(`${originOf(cdn.url)}/clip.mp4`) })
    const client = aClient(upstream.url, { auth, contentOrigins: [originOf(cdn.url)] })
    expect(await textOf(await client.openContent(id, { signal: new AbortController().signal }))).toBe(
      '\x00123456789',
    )
    expect(keysSeen(upstream.requests)).toHaveLength(1)
    expect(keysSeen(cdn.requests)).toEqual([])
  })

  test('out and back again comes without the key', async () => {
    const home: Record<string, Answer> = { '/clips/1': clip }
    const upstream = await aServer(home)
    const cdn = await aServer({ '/back': to(`${originOf(upstream.url)}/clips/1`) })
    home['/videos/video_1/content'] = to(`${originOf(cdn.url)}/back`)
    expect(await textOf(await open(upstream.url, { contentOrigins: [originOf(cdn.url)] }))).toBe(
      '\x00123456789',
    )
    expect(keysSeen(upstream.requests)).toHaveLength(1)
  })

  test('to this machine is refused before a connection is made', async () => {
    const victim = await anUpstream(clip)
    const upstream = await aServer({ '/videos/video_1/content': to(victim.url) })
    expect(await open(upstream.url)).toMatchObject({ kind: 'bad_address' })
    expect(victim.connections).toEqual([])
  })
})

describe('where upstream has no content', () => {
  test.each([
    ['video_url', inVideoUrl],
    ['url', (url: string) => ({ url })],
    ['metadata.url', (url: string) => ({ metadata: { url } })],
    ['output.url', (url: string) => ({ output: { url } })],
    ['videos[].url', (url: string) => ({ videos: [{ url }] })],
  ])('the address in %s is fetched without the key', async (_, place) => {
    const cdn = await aServer({ '/clip.mp4': clip })
    const upstream = await aServerNaming(place, `${originOf(cdn.url)}/clip.mp4`)
    expect(await textOf(await open(upstream.url, { contentOrigins: [originOf(cdn.url)] }))).toBe(
      '\x00123456789',
    )
    expect(keysSeen(cdn.requests)).toEqual([])
  })

  test('an address at upstream itself is fetched with the key', async () => {
    const more: Record<string, Answer> = { '/clips/1': clip }
    const upstream = await aServer(more)
    more['/videos/video_1'] = json(200, { id, status: 'completed', url: `${originOf(upstream.url)}/clips/1` })
    expect(await textOf(await open(upstream.url))).toBe('\x00123456789')
  })

  test.each([400, 404, 405, 409, 410, 501])(
    'and answers %i, a video without address is missing',
    async (status) => {
      const upstream = await aServer({
        '/videos/video_1/content': json(status, {}),
        '/videos/video_1': json(200, { id, status: 'completed' }),
      })
      expect(await open(upstream.url)).toEqual({ kind: 'missing' })
    },
  )

  test('and does not know the video, it is missing', async () => {
    expect(await open((await aServer({})).url)).toEqual({ kind: 'missing' })
  })

  test('and can’t be asked for the video, it is trouble', async () => {
    const upstream = await aServer({ '/videos/video_1': json(503, {}) })
    expect(await open(upstream.url)).toMatchObject({ kind: 'trouble' })
  })

  test.each([403, 404, 410])('an address that answers %i has expired', async (status) => {
    const cdn = await anUpstream(json(status, {}))
    const upstream = await aServerNaming(inVideoUrl, cdn.url)
    expect(await open(upstream.url, { contentOrigins: [originOf(cdn.url)] })).toEqual({ kind: 'missing' })
  })
})

describe('an address is refused', () => {
  test.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://0/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://localhost/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[64:ff9b::7f00:1]/',
  ])('when it is not public, as %s', async (url) => {
    const reason = 'not a public address'
    expect(await open((await aServerNaming(inVideoUrl, url)).url)).toEqual({ kind: 'bad_address', reason })
    const redirecting = await aServer({ '/videos/video_1/content': to(url) })
    expect(await open(redirecting.url)).toEqual({ kind: 'bad_address', reason })
  })

  test('when it carries a user name, even at an allowed origin', async () => {
    const cdn = await anUpstream(clip)
    const upstream = await aServerNaming(inVideoUrl, cdn.url.replace('http://', 'http://me:secret@'))
    expect(await open(upstream.url, { contentOrigins: [originOf(cdn.url)] })).toMatchObject({
      kind: 'bad_address',
    })
    expect(cdn.connections).toEqual([])
  })
})

test.each([
  ['http://8.8.8.8:6379/', 'not a port of the web'],
  ['http://me:secret@8.8.8.8/', 'carries a user name'],
  ['file:///etc/passwd', 'neither http nor https'],
  ['gopher://8.8.8.8/', 'neither http nor https'],
  ['data:video/mp4;base64,AAAA', 'neither http nor https'],
  ['http://', 'redirected to nowhere'],
])('a redirect to %s is refused', async (location, reason) => {
  const upstream = await aServer({ '/videos/video_1/content': to(location) })
  expect(await open(upstream.url)).toEqual({ kind: 'bad_address', reason })
})
