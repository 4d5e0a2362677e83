import { expect, onTestFinished, test } from 'vitest'
import { anS3Server } from '../../../../packages/media/test/s3-server.ts'
import { sha256Of } from '../support/pictures.ts'
import { anArchivedTask } from '../support/stored-clip.ts'
import { buildTestApp } from '../support/test-app.ts'

const kept = Buffer.alloc(300_001, 'kept in a bucket ')

/** An api whose clips are in a bucket, and a link to one of them. */
async function anS3Stand(redirects: 'on' | 'off') {
  const { options } = await anS3Server()
  const api = await buildTestApp({
    env: {
      MEDIA_S3_ENDPOINT: options.endpoint,
      MEDIA_S3_REGION: options.region,
      MEDIA_S3_BUCKET: options.bucket,
      MEDIA_S3_ACCESS_KEY_ID: options.accessKeyId,
      MEDIA_S3_SECRET_ACCESS_KEY: options.secretAccessKey,
      MEDIA_REDIRECT: redirects,
    },
  })
  onTestFinished(() => api.stop())
  const user = await api.aUser()
  const { videoId } = await anArchivedTask(api, user, kept)
  const { url } = (await user.get(`/api/video/tasks/${videoId}/content`)).json().data
  const link = new URL(url, await api.listen())
  const ask = (headers: Record<string, string> = {}, method = 'GET', query = '') =>
    fetch(link.href + query, { method, headers, redirect: 'manual' })
  return { endpoint: options.endpoint, secret: options.secretAccessKey, videoId, ask }
}

test('a clip in a bucket is played through the api', async () => {
  const { ask } = await anS3Stand('off')
  const whole = await ask()
  expect(whole.status).toBe(200)
  expect(whole.headers.get('etag')).toBe(`"${sha256Of(kept)}"`)
  expect(Buffer.from(await whole.arrayBuffer())).toEqual(kept)
  for (const [range, from, to] of [
    ['bytes=5-9', 5, 10],
    ['bytes=-7', kept.length - 7, kept.length],
    ['bytes=300000-', 300_000, kept.length],
  ] as const) {
    const part = await ask({ range })
    expect(part.status).toBe(206)
    expect(part.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/${kept.length}`)
    expect(Buffer.from(await part.arrayBuffer())).toEqual(kept.subarray(from, to))
  }
  expect((await ask({ range: 'bytes=300001-' })).status).toBe(416)
  expect((await ask({}, 'HEAD')).headers.get('content-length')).toBe(String(kept.length))
})

test('with redirects it is played from the bucket, by an address that is signed for a while', async () => {
  const { ask, endpoint, videoId, secret } = await anS3Stand('on')
  const sent = await ask({ range: 'bytes=5-9' })
  expect(sent.status).toBe(302)
  expect(sent.headers.get('cache-control')).toBe('private, no-store')
  const address = new URL(sent.headers.get('location') ?? '')
  expect(address.origin).toBe(endpoint)
  expect(address.searchParams.get('X-Amz-Expires')).toBe('600')
  expect(address.href).not.toContain(`${secret}&`)

  const played = await fetch(address)
  expect(played.status).toBe(200)
  expect(played.headers.get('content-type')).toBe('video/mp4')
  expect(played.headers.get('content-disposition')).toBe(`inline; filename="${videoId}.mp4"`)
  expect(Buffer.from(await played.arrayBuffer())).toEqual(kept)
  const part = await fetch(address, { headers: { range: 'bytes=5-9' } })
  expect(part.status).toBe(206)
  expect(Buffer.from(await part.arrayBuffer())).toEqual(kept.subarray(5, 10))
})

test('a redirect saves under a name where that is asked for', async () => {
  const { ask, videoId } = await anS3Stand('on')
  const sent = await ask({}, 'GET', '?download=1')
  const saved = await fetch(sent.headers.get('location') ?? '')
  expect(saved.headers.get('content-disposition')).toBe(`attachment; filename="${videoId}.mp4"`)
})

test('only those who want bytes are redirected', async () => {
  const { ask } = await anS3Stand('on')
  const head = await ask({}, 'HEAD')
  expect(head.status).toBe(200)
  expect(head.headers.get('content-length')).toBe(String(kept.length))
  expect((await ask({ 'if-none-match': `"${sha256Of(kept)}"` })).status).toBe(304)
  expect((await ask({ 'if-match': '"another"' })).status).toBe(412)
  expect((await ask({ range: 'bytes=300001-' })).status).toBe(416)
})
