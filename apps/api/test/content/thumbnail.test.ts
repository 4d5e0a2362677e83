import { Readable } from 'node:stream'
import { newClipKey } from '@reelay/media/object-keys'
import { afterAll, expect, test } from 'vitest'
import { aContentStand } from '../support/content-stand.ts'

const stand = await aContentStand()
const { api, clip, user } = stand
afterAll(() => Promise.all([api.stop(), stand.upstream.close()]))
const origin = await api.listen()

async function linkTo(variant: string): Promise<string> {
  const answer = await user.get(`/api/video/tasks/${clip.videoId}/content?variant=${variant}`)
  return origin + answer.json().data.url
}

test('a link to the thumbnail shows a still picture', async () => {
  const shown = await fetch(await linkTo('thumbnail'))
  expect(shown.status).toBe(200)
  expect(shown.headers.get('content-type')).toBe('image/webp')
  expect(shown.headers.get('content-disposition')).toBe(`inline; filename="${clip.videoId}.webp"`)
  const bytes = Buffer.from(await shown.arrayBuffer())
  expect(bytes.subarray(8, 12).toString()).toBe('WEBP')
})

test('a link to the video is that without a variant', async () => {
  expect(await linkTo('video')).not.toContain('variant')
})

test('another variant is refused by name', async () => {
  const answer = await user.get(`/api/video/tasks/${clip.videoId}/content?variant=poster`)
  expect(answer.statusCode).toBe(400)
  expect(answer.json().details).toEqual([{ field: 'variant', message: 'must be one of video, thumbnail' }])
})

test('once stored it comes from the store, whatever upstream has', async () => {
  const picture = Buffer.from('89504e470d0a1a0a0000000d', 'hex')
  const key = newClipKey(clip.videoId)
  const digest = await api.store.put(key, Readable.from([picture]))
  const thumbnail = { key, ...digest, type: 'image/png' }
  await api.db.execute(
    `update video_tasks set archive = 'done', archived_at = now(),
      clip = '${JSON.stringify({ ...thumbnail, type: 'video/mp4', thumbnail })}'
    where video_id = '${clip.videoId}'`,
  )
  const shown = await fetch(await linkTo('thumbnail'), { headers: { range: 'bytes=0-7' } })
  expect(shown.status).toBe(206)
  expect(shown.headers.get('content-type')).toBe('image/png')
  expect(Buffer.from(await shown.arrayBuffer())).toEqual(picture.subarray(0, 8))
})
