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

const MINUTE = 60_000

test('a picture that was loaded is not loaded again under a newer link', () => {
  expect(posterAddress(made('a', null), 0).url).toBeUndefined()
  const first = posterAddress(made('a', '/content/1'), 0)
  expect(first.url).toBe('/content/1?variant=thumbnail')
  first.loaded()
  expect(posterAddress(made('a', '/content/2'), 0).url).toBe(first.url)
  expect(posterAddress({ ...made('a', '/content/3'), attempt: 2 }, 0).url).toBe(
    '/content/3?variant=thumbnail',
  )
})

test('a link is not used again once it may have expired, however often it was loaded', () => {
  posterAddress(made('b', '/content/1'), 0, at(0)).loaded()
  posterAddress(made('b', '/content/2'), 0, at(4)).loaded()
  expect(posterAddress(made('b', '/content/2'), 0, at(4)).url).toBe('/content/1?variant=thumbnail')
  expect(posterAddress(made('b', '/content/3'), 0, at(5)).url).toBe('/content/3?variant=thumbnail')
})

test('a link that failed is not used again', () => {
  posterAddress(made('c', '/content/1'), 0, at(0)).loaded()
  posterAddress(made('c', '/content/2'), 0, at(1)).failed()
  expect(posterAddress(made('c', '/content/3'), 0, at(2)).url).toBe('/content/3?variant=thumbnail')
})

test('a picture that is not there is asked for again after a while, or once the feed is back', () => {
  posterAddress(made('d', '/content/1'), 0, at(0)).failed()
  expect(posterAddress(made('d', '/content/2'), 0, at(0.9)).url).toBeUndefined()
  expect(posterAddress(made('d', '/content/2'), 1, at(0.9)).url).toBe('/content/2?variant=thumbnail')
  expect(posterAddress(made('d', '/content/2'), 0, at(1)).url).toBe('/content/2?variant=thumbnail')
})

function at(minutes: number) {
  return () => minutes * MINUTE
}

function made(videoId: string, videoUrl: string | null) {
  return { videoId: videoId as never, attempt: 1, videoUrl }
}
