import { describe, expect, test } from 'vitest'
import { aServer, clip, hasKey, naming, open, originOf, played, redirectingTo } from './clip-servers.ts'
import { type Answer, aClient, anUpstream, id, json, nobody, reset, silence } from './upstream.ts'

describe('an address at upstream that is signed', () => {
  const noKey: Answer = (response, request) => {
    if (request.headers.authorization) return response.writeHead(400).end('<Error/>')
    clip(response, request)
  }
  test.each([
    '/s3/a.mp4?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=k%2F2026&X-Amz-Expires=900&X-Amz-Signature=abc',
    '/s3/a.mp4?AWSAccessKeyId=a&Signature=b&Expires=1',
    '/gcs/a.mp4?X-Goog-Signature=abc',
    '/gcs/a.mp4?GoogleAccessId=me&Expires=1&Signature=b',
    '/azure/a.mp4?sv=2024-01-01&se=2026&sr=b&sp=r&sig=abc%3D',
    '/cloudfront/a.mp4?Expires=1&Signature=b&Key-Pair-Id=c',
    '/cloudfront/a.mp4?Policy=a&Signature=b&Key-Pair-Id=c',
    '/oss/a.mp4?OSSAccessKeyId=a&Expires=1&Signature=b',
    '/oss/a.mp4?x-oss-signature-version=OSS4&x-oss-signature=b',
    '/cos/a.mp4?q-sign-algorithm=sha1&q-ak=a&q-signature=b',
    '/tos/a.mp4?X-Tos-Signature=b',
    '/obs/a.mp4?AccessKeyId=a&Signature=b',
    '/cdn/a.mp4?token=abc&expires=1',
    '/cdn/a.mp4?auth_key=1-0-0-abc',
    '/cdn/a.mp4?md5=abc&e=1',
    '/cdn/a.mp4?hdnts=exp=1~hmac=b',
    '/cdn/a.mp4?x-amz-signature=abc',
  ])('is asked without the key: %s', async (address) => {
    const redirecting = await redirectingTo(address, { [address]: noKey })
    await played(await open(redirecting.url))
    expect(redirecting.requests.filter(({ path }) => path.includes('a.mp4')).map(hasKey)).toEqual([false])
    const more: Record<string, Answer> = { [address]: noKey }
    const upstream = await aServer(more)
    more['/videos/video_1'] = json(200, { id, status: 'completed', url: originOf(upstream.url) + address })
    await played(await open(upstream.url))
    expect(upstream.requests.filter(({ path }) => path.includes('a.mp4')).map(hasKey)).toEqual([false])
  })

  test.each([401, 403, 404])('is asked with the key after a %i', async (status) => {
    const address = '/clips/1?token=of-a-page'
    const wantsKey: Answer = (response, request) => {
      if (!request.headers.authorization) return response.writeHead(status).end()
      clip(response, request)
    }
    await played(await open((await redirectingTo(address, { [address]: wantsKey })).url))
  })

  test.each([400, 401, 403])(
    'in a way that we don’t know is asked again without it after a %i',
    async (status) => {
      const address = '/clips/1?ticket=abc'
      const refuses: Answer = (response, request) => {
        if (request.headers.authorization) return response.writeHead(status).end()
        clip(response, request)
      }
      await played(await open((await redirectingTo(address, { [address]: refuses })).url))
    },
  )
})

describe('JSON in a clip’s place', () => {
  test.each<[string, (url: string) => unknown]>([
    ['url', (url) => ({ url })],
    ['video_url', (url) => ({ video_url: url })],
    ['data.url', (url) => ({ code: 0, data: { url } })],
    ['a list', (url) => [{ url }]],
    ['text', (url) => url],
  ])('is followed to its %s, without the key', async (_, bodyOf) => {
    const cdn = await aServer({ '/clip.mp4': clip })
    const url = `${originOf(cdn.url)}/clip.mp4`
    const upstream = await aServer({ '/videos/video_1/content': json(200, bodyOf(url)) })
    await played(await open(upstream.url, { contentOrigins: [originOf(cdn.url)] }))
    expect(cdn.requests.map(hasKey)).toEqual([false])
  })

  test('is not followed to this machine', async () => {
    const victim = await anUpstream(clip)
    const upstream = await aServer({ '/videos/video_1/content': json(200, { url: victim.url }) })
    expect(await open(upstream.url)).toMatchObject({ kind: 'bad_address' })
    expect(await aClient(upstream.url).probeContent(id)).toEqual({ kind: 'missing' })
    expect(victim.connections).toEqual([])
  })

  test('is not followed to more JSON', async () => {
    const more: Record<string, Answer> = {}
    const upstream = await aServer(more)
    more['/videos/video_1/content'] = json(200, { url: `${originOf(upstream.url)}/1` })
    more['/1'] = json(200, { url: `${originOf(upstream.url)}/2` })
    more['/2'] = clip
    expect(await open(upstream.url)).toEqual({ kind: 'missing' })
  })
})

test('the place that a clip came from is asked first the next time', async () => {
  const cdn = await aServer({ '/clip.mp4': clip })
  const upstream = await naming(`${originOf(cdn.url)}/clip.mp4`)
  const client = aClient(upstream.url, { contentOrigins: [originOf(cdn.url)] })
  for (let i = 0; i < 3; i += 1)
    await played(await client.openContent(id, { signal: new AbortController().signal }))
  expect(cdn.requests).toHaveLength(3)
  expect(upstream.requests).toHaveLength(2)
})

test('a place that has no clip any more is left for the others', async () => {
  const answers: Record<string, Answer> = { '/clip.mp4': clip }
  const cdn = await aServer(answers)
  const url = `${originOf(cdn.url)}/clip.mp4`
  const more: Record<string, Answer> = { '/videos/video_1': json(200, { id, status: 'completed', url }) }
  const upstream = await aServer(more)
  const client = aClient(upstream.url, { contentOrigins: [originOf(cdn.url)] })
  await played(await client.openContent(id, { signal: new AbortController().signal }))
  delete answers['/clip.mp4']
  more['/videos/video_1/content'] = clip
  await played(await client.openContent(id, { signal: new AbortController().signal }))
})

test('content that never answers is left for an address', async () => {
  const more: Record<string, Answer> = { '/videos/video_1/content': () => {}, '/clip.mp4': clip }
  const upstream = await aServer(more)
  more['/videos/video_1'] = json(200, { id, status: 'completed', url: `${originOf(upstream.url)}/clip.mp4` })
  await played(await open(upstream.url, { pollTimeoutMs: 5000 }))
})

test('an address with a name that is unknown here is taken at upstream’s word by a probe', async () => {
  const upstream = await aServer({})
  const probed = aClient(upstream.url).probeContent(id, { url: 'https://clips.invalid/1.mp4' })
  expect(await probed).toEqual({ kind: 'there' })
})

describe('an address elsewhere that we may visit is trouble, and no clip, when it', () => {
  const places: [string, Answer][] = [
    ['never answers', silence],
    ['hangs up', reset],
    ['closes without an answer', (response) => response.destroy()],
    [
      'says how long it is and hangs up',
      (response) => response.writeHead(200, { 'content-length': 9 }).flushHeaders(),
    ],
    [
      'breaks off before its first bytes',
      (response) => {
        response.writeHead(200, { 'content-length': 9 }).flushHeaders()
        setImmediate(() => response.destroy())
      },
    ],
    ['answers 500', json(500, {})],
    ['answers 503', json(503, {})],
    ['answers no HTTP', (response) => response.socket?.end('what?')],
  ]
  test.each(places)('%s', async (_, answer) => {
    const cdn = await anUpstream(answer)
    await expectTrouble(`${originOf(cdn.url)}/clip.mp4`)
    expect(cdn.requests.length).toBeGreaterThan(0)
  })

  test('is where nobody listens', async () => {
    await expectTrouble(`${await nobody()}/clip.mp4`)
  })

  async function expectTrouble(url: string) {
    const options = { contentOrigins: [originOf(url)], pollTimeoutMs: 60_000 }
    const withLink = aClient((await aServer({})).url, options)
    const redirecting = aClient((await redirectingTo(url)).url, options)
    // Enough for all but those that never answer.
    const probes = [withLink.probeContent(id, { url }, 3000), redirecting.probeContent(id, {}, 3000)]
    expect(await Promise.all(probes)).toMatchObject([{ kind: 'trouble' }, { kind: 'trouble' }])
  }
})

test.each([
  'https://10.1.2.3/1.mp4',
  'http://[::1]/1.mp4',
  'http://localhost/1.mp4',
  'https://1.1.1.1:22/1.mp4',
])('an address that we refuse to visit is taken at upstream’s word by a probe: %s', async (url) => {
  const named = aClient((await aServer({})).url).probeContent(id, { url })
  expect(await named).toEqual({ kind: 'there' })
  expect(await aClient((await redirectingTo(url)).url).probeContent(id)).toEqual({ kind: 'there' })
})

test('a probe divides its time among the places', async () => {
  const more: Record<string, Answer> = { '/videos/video_1/content': () => {}, '/clip.mp4': clip }
  const upstream = await aServer(more)
  const url = `${originOf(upstream.url)}/clip.mp4`
  expect(await aClient(upstream.url).probeContent(id, { url }, 3000)).toEqual({ kind: 'there' })
})
