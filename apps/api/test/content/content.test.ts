import { afterAll, beforeEach, expect, test } from 'vitest'
import { createLinks } from '../../src/http/links.ts'
import { aContentStand } from '../support/content-stand.ts'
import { buildTestApp } from '../support/test-app.ts'

const { upstream, api, user, upstreamId, whole, clip, asAdmin, aClip, linkOf, fetchLink } =
  await aContentStand()
afterAll(() => Promise.all([api.stop(), upstream.close()]))
beforeEach(() => asAdmin('DELETE', '/faults'))

test('a link names the video and lasts ten minutes', async () => {
  const before = Date.now()
  const answer = await user.get(`/api/video/tasks/${clip.videoId}/content`)
  expect(answer.statusCode).toBe(200)
  const { data } = answer.json()
  expect(data).toEqual({
    videoId: clip.videoId,
    externalVideoId: upstreamId,
    url: expect.stringMatching(/^\/api\/video\/content\/[\w.-]+$/),
    expiresAt: expect.any(Number),
  })
  expect(data.expiresAt).toBeGreaterThanOrEqual(before + 600_000)
  expect(data.expiresAt).toBeLessThanOrEqual(Date.now() + 600_000)
})

test('a link plays by itself and safely', async () => {
  const played = await fetchLink(await linkOf(clip.videoId))
  expect(played.status).toBe(200)
  expect(played.headers.get('content-type')).toBe('video/mp4')
  expect(played.headers.get('x-content-type-options')).toBe('nosniff')
  expect(played.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
  expect(played.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
  expect(played.headers.get('content-length')).toBe(String(whole.length))
  expect(Buffer.from(await played.arrayBuffer())).toEqual(whole)
})

test('the videoUrl of a finished task plays', async () => {
  const { videoId } = clip
  const { videoUrl } = (await user.get(`/api/video/tasks/${videoId}`)).json().data
  const played = await fetchLink(videoUrl)
  expect(Buffer.from(await played.arrayBuffer())).toEqual(whole)
})

test.each([
  ['bytes=0-99', 0, 100],
  ['bytes=100-', 100, undefined],
  ['bytes=-10', -10, undefined],
])('the range %s is answered in part', async (range, from, to) => {
  const played = await fetchLink(await linkOf(clip.videoId), { range })
  const expected = whole.subarray(from, to)
  expect(played.status).toBe(206)
  expect(played.headers.get('content-range')).toMatch(new RegExp(`^bytes \\d+-\\d+/${whole.length}$`))
  expect(played.headers.get('content-type')).toBe('video/mp4')
  expect(Buffer.from(await played.arrayBuffer())).toEqual(expected)
})

test('a range beyond the video is unsatisfiable', async () => {
  const played = await fetchLink(await linkOf(clip.videoId), { range: 'bytes=999999999-' })
  expect(played.status).toBe(416)
  expect(played.headers.get('content-range')).toBe(`bytes */${whole.length}`)
  await played.body?.cancel()
})

test.each(['QUEUED', 'PROCESSING', 'FAILED'] as const)(
  'a task that is %s has no link yet',
  async (status) => {
    const { videoId } = await api.aTask(user, { status })
    const answer = await user.get(`/api/video/tasks/${videoId}/content`)
    expect(answer.statusCode).toBe(422)
    expect(answer.json().code).toBe('not_completed')
  },
)

test('a changed link is refused', async () => {
  const other = await aClip('upstream_other')
  const link = await linkOf(clip.videoId)
  const [path = '', expiry = '', signature = ''] = link.split('.')
  const later = (Number.parseInt(expiry, 36) + 600_000).toString(36)
  const changed = [
    `${path}.${later}.${signature}`,
    `${path}.${expiry}.${signature.slice(0, -1)}`,
    `${path}.${expiry}.`,
    `${path}.${expiry}`,
    path,
    link.replace(clip.videoId, other.videoId),
    link.slice(0, -2) + (link.endsWith('AA') ? 'BB' : 'AA'),
  ]
  for (const url of changed) {
    const refused = await api.app.inject(url)
    expect(refused.statusCode, url).toBe(403)
    expect(refused.json().code).toBe('link_expired')
  }
})

test('a link opens nothing after its time', async () => {
  const links = createLinks({ secret: api.config.tokens.secret })
  const { videoId } = clip
  const fresh = links.content(videoId, Date.now() - 300_000)
  const spent = links.content(videoId, Date.now() - 610_000)
  expect((await api.app.inject(fresh.url)).statusCode).toBe(200)
  const refused = await api.app.inject(spent.url)
  expect(refused.statusCode).toBe(403)
  expect(refused.json().code).toBe('link_expired')
})

test('a video that upstream has deleted is gone', async () => {
  const { id } = (await asAdmin('POST', '/videos', { prompt: 'a short life' })) as { id: string }
  const link = await linkOf((await aClip(id)).videoId)
  await fetch(`${upstream.url}/videos/${id}`, {
    method: 'DELETE',
    headers: { authorization: 'Bearer sk-test' },
  })
  const answer = await api.app.inject(link)
  expect(answer.statusCode).toBe(410)
  expect(answer.json().code).toBe('content_expired')
})

test.each([
  ['empty', 410, 'content_expired'],
  ['server_error', 502, 'upstream_unavailable'],
  ['rate_limit', 502, 'upstream_unavailable'],
])('an upstream that answers with %s is told in our words', async (name, status, code) => {
  const link = await linkOf(clip.videoId)
  await asAdmin('POST', '/faults', { name, scope: 'content' })
  const answer = await api.app.inject(link)
  expect(answer.statusCode).toBe(status)
  expect(answer.json()).toMatchObject({ success: false, code })
  expect(answer.headers['content-type']).toContain('application/json')
})

test('an upstream that is away is unavailable', async () => {
  await using lonely = await buildTestApp({ env: { SORA_BASE_URL: 'http://127.0.0.1:1/v1' } })
  const owner = await lonely.aUser()
  const { videoId } = await lonely.aTask(owner, { status: 'COMPLETED' })
  const { url } = (await owner.get(`/api/video/tasks/${videoId}/content`)).json().data
  const answer = await lonely.app.inject(url)
  expect(answer.statusCode).toBe(502)
  expect(answer.json().code).toBe('upstream_unavailable')
})

test('a link takes no other method', async () => {
  const link = await linkOf(clip.videoId)
  for (const method of ['POST', 'PUT', 'DELETE'] as const) {
    expect((await api.app.inject({ method, url: link })).statusCode).toBe(404)
  }
})
