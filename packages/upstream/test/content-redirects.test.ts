import { describe, expect, test } from 'vitest'
import { aServer, BYTES, clip, nothing, open, played, redirectingTo, to } from './clip-servers.ts'
import { type Answer, aClient, anUpstream, aTcpUpstream, id } from './upstream.ts'

describe('redirects', () => {
  const chain = (length: number) => {
    const steps = Array.from({ length: length - 1 }, (_, i) => [`/${i + 1}`, to(`/${i + 2}`)] as const)
    return { ...Object.fromEntries(steps), [`/${length}`]: clip }
  }

  test('are followed twenty times', async () => {
    await played(await open((await redirectingTo('/1', chain(20))).url))
  })

  test('are followed no more than that', async () => {
    const upstream = await redirectingTo('/1', chain(21))
    expect(await open(upstream.url)).toMatchObject({ kind: 'bad_address', reason: 'redirected to nowhere' })
  })

  test('in a circle end when it closes', async () => {
    const upstream = await redirectingTo('/1', { '/1': to('/2'), '/2': to('/1') })
    expect(await open(upstream.url)).toMatchObject({ kind: 'bad_address' })
    expect(upstream.requests.map(({ path }) => path)).toEqual([
      '/v1/videos/video_1/content',
      '/1',
      '/2',
      '/v1/videos/video_1',
    ])
  })

  test('have one time for all of them', async () => {
    let step = 0
    const upstream = await anUpstream((response) => {
      step += 1
      setTimeout(() => response.writeHead(302, { location: `/${step}` }).end(), 200)
    })
    expect(await aClient(upstream.url, { pollTimeoutMs: 700 }).probeContent(id)).toMatchObject({
      kind: 'trouble',
      reason: 'no answer in time',
    })
    expect(step).toBeLessThan(10)
  })

  test.each([
    ['relative', 'clip.mp4', '/v1/videos/video_1/clip.mp4'],
    ['with a fragment', '/clip.mp4#t=1', '/clip.mp4'],
    ['with spaces', '/a clip.mp4', '/a%20clip.mp4'],
    ['with an empty query', '/clip.mp4?', '/clip.mp4'],
    ['climbing', '../../../clip.mp4', '/clip.mp4'],
    ['padded', '  /clip.mp4  ', '/clip.mp4'],
  ])('are followed when they are %s', async (_, location, path) => {
    const upstream = await anUpstream((response, request) => {
      if (request.url?.endsWith('/content')) return to(location)(response, request)
      if (request.url === path) return clip(response, request)
      nothing(response, request)
    })
    await played(await open(upstream.url))
  })

  test('are followed when they leave the protocol away', async () => {
    const more: Record<string, Answer> = { '/clip.mp4': clip }
    const upstream = await aServer(more)
    more['/videos/video_1/content'] = to(`//${new URL(upstream.url).host}/clip.mp4`)
    await played(await open(upstream.url))
  })

  const raw = async (head: string) => {
    const upstream = await aTcpUpstream((socket) => {
      socket.once('data', (data) => {
        const isClip = data.toString().startsWith('GET /%E8%A7%86%E9%A2%91.mp4')
        const ok = `HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\ncontent-length: ${BYTES.length}\r\n\r\n${BYTES}`
        const isLook = data.toString().startsWith('GET /v1/videos/video_1 ')
        if (isLook) return socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')
        socket.end(
          isClip ? Buffer.from(ok, 'latin1') : `HTTP/1.1 302 Found\r\n${head}content-length: 0\r\n\r\n`,
        )
      })
    })
    return open(upstream.url)
  }

  test('are followed when they are in Chinese', async () => {
    await played(await raw('Location: /视频.mp4\r\n'))
  })

  test('are followed when they say the same twice', async () => {
    await played(await raw('Location: /视频.mp4\r\nLocation: /视频.mp4\r\n'))
  })

  test('that say two things are not followed', async () => {
    const refused = await raw('Location: /视频.mp4\r\nLocation: /other.mp4\r\n')
    expect(refused).toMatchObject({ kind: 'bad_address' })
  })

  test('without a place are not followed', async () => {
    expect(await raw('')).toMatchObject({ kind: 'bad_address' })
  })
})
