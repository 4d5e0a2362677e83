import { readFileSync } from 'node:fs'
import { Video, VideoPage } from '@reelay/contracts/videos'
import { afterAll, expect, test } from 'vitest'
import { aContentStand } from '../support/content-stand.ts'
import { dataUrl, fixture } from '../support/pictures.ts'

type Request = { method: string; path: string; headers: Record<string, string>; body: string }
type Recording = { call: string; requests: Request[] }
type Sdk = { headers_on_every_request?: Record<string, string>; calls?: Recording[] }

// What official SDKs sent to a server of their own; the file says which, and how it was recorded.
const file = new URL('../../../simulator/test/fixtures/openai-sdk-requests.json', import.meta.url)
const sdks: Record<string, Sdk> = JSON.parse(readFileSync(file, 'utf8'))
const recordings = Object.entries(sdks).flatMap(([sdk, { headers_on_every_request: usual, calls = [] }]) =>
  calls
    .filter(({ call }) => !/another origin|without content-type|text\/html/.test(call))
    .map((recording) => ({ sdk, usual, ...recording })),
)

const stand = await aContentStand()
const { api, clip, user } = stand
afterAll(() => Promise.all([api.stop(), stand.upstream.close()]))
const origin = await api.listen()
const picture = fixture('rgb8.png')

test('there are recordings of both SDKs', () => {
  expect(new Set(recordings.map(({ sdk }) => sdk))).toEqual(new Set(['js', 'python']))
  expect(recordings.length).toBeGreaterThan(35)
})

test.each(recordings)('$sdk $call is answered so that it goes on', async ({ usual, requests }) => {
  const isDelete = requests.some(({ method }) => method === 'DELETE')
  const { videoId } = isDelete ? await api.aTask(user, { status: 'COMPLETED' }) : clip
  const posted = new Set<string>()
  let last: string = videoId
  for (const recorded of requests) {
    const request = withIds(recorded, { videoId, last })
    const response = await send(request, usual)
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    const answer = await read(response, request)
    if (request.method === 'POST') posted.add((answer as Video).id)
    if (answer && 'last_id' in answer) last = answer.last_id ?? last
  }
  expect(posted.size).toBe(requests.some(({ method }) => method === 'POST') ? 1 : 0)
})

/** The ids and pictures of the recording are of no use here. */
function withIds(
  { path, body, ...rest }: Request,
  { videoId, last }: { videoId: string; last: string },
): Request {
  const known = (text: string) => text.replaceAll(/\bvideo_1(23)?\b|(?<=\/videos\/)v\b/g, videoId)
  return {
    ...rest,
    path: known(path.replace('after=video_1', `after=${last}`)),
    body: known(body)
      .replace('PNGDATA', picture.toString('latin1'))
      .replace('https://e.test/x.png', dataUrl(picture)),
  }
}

function send({ method, path, headers, body }: Request, usual: Request['headers'] = {}): Promise<Response> {
  const { host: _, connection: __, 'content-length': ___, ...rest } = { ...usual, ...headers }
  return fetch(origin + path, {
    method,
    headers: { ...rest, authorization: `Bearer ${user.token}` },
    body: body === '' ? null : Buffer.from(body, 'latin1'),
  })
}

/** What the SDK makes of it: a video, a page or another object; nothing of an error or of bytes. */
async function read(response: Response, { method, path }: Request) {
  const type = response.headers.get('content-type')
  if (path.includes('%2F')) {
    expect([response.status, response.headers.get('x-should-retry')]).toEqual([404, 'false'])
    expect(await response.json()).toMatchObject({ error: { code: 'task_not_found' } })
    return undefined
  }
  expect(response.status).toBe(200)
  expect(response.headers.get('x-should-retry')).toBeNull()
  if (path.includes('/content')) {
    expect(type).toBe(path.includes('thumbnail') ? 'image/webp' : 'video/mp4')
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0)
    return undefined
  }
  expect(type).toContain('application/json')
  const body = await response.json()
  if (method === 'DELETE') {
    expect(body).toEqual({ id: path.split('/').at(-1), object: 'video.deleted', deleted: true })
    return undefined
  }
  if (/\/videos(\?|$)/.test(path) && method === 'GET') return VideoPage.parse(body)
  const video = Video.parse(body)
  const pollAfterMs = response.headers.get('openai-poll-after-ms')
  expect(pollAfterMs).toBe(['queued', 'in_progress'].includes(video.status) ? '5000' : null)
  return video
}
