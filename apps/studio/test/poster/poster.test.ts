import { expect, test } from 'vitest'
import { hueOf, ratioOf } from '../../src/poster/look.ts'
import { posterAddress } from '../../src/poster/poster-address.ts'

test.each([
  ['1280x720', '1280 / 720'],
  ['720x1280', '720 / 1280'],
  [null, '16 / 9'],
  ['large', '16 / 9'],
  ['720x1280; color: red', '16 / 9'],
])('a video of size %s has the ratio %s', (size, ratio) => {
  expect(ratioOf(size)).toBe(ratio)
})

test('a video has its hue each time', () => {
  expect(hueOf('video_1')).toBe(hueOf('video_1'))
  expect(hueOf('video_1')).not.toBe(hueOf('video_2'))
})

test('a picture that was loaded is not loaded again under a newer link', () => {
  expect(posterAddress(made('a', null)).url).toBeUndefined()
  const first = posterAddress(made('a', '/content/1'))
  expect(first.url).toBe('/content/1?variant=thumbnail')
  first.loaded()
  expect(posterAddress(made('a', '/content/2')).url).toBe(first.url)
  expect(posterAddress({ ...made('a', '/content/3'), attempt: 2 }).url).toBe('/content/3?variant=thumbnail')
})

test('a picture that is not there is not asked for again', () => {
  posterAddress(made('b', '/content/1')).failed()
  expect(posterAddress(made('b', '/content/2')).url).toBeUndefined()
})

function made(videoId: string, videoUrl: string | null) {
  return { videoId: videoId as never, attempt: 1, videoUrl }
}
