import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inspectPicture } from '../../src/pictures/inspect-picture.ts'
import { fileOf, fixture, latin1 } from '../files.ts'
import { outcomeOf } from './pictures.ts'

const files: [string, string[]][] = [
  ['image/jpeg', ['baseline.jpg', 'progressive.jpg', 'restarts.jpg', 'exif.jpg', 'thumbnail.jpg']],
  ['image/jpeg', ['cmyk.jpg', 'grey.jpg']],
  ['image/png', ['rgb8.png', 'rgb16.png', 'palette.png', 'rgba.png', 'interlaced.png', 'text.png']],
  ['image/webp', ['lossy.webp', 'lossless.webp', 'alpha.webp', 'exif.webp']],
]
const pictures = files.flatMap(([type, names]) => names.map((name): [string, string] => [name, type]))

test.each(pictures)('%s is %s by its bytes', async (name, type) => {
  expect(await inspectPicture(fileOf(fixture(name)))).toEqual({ type, width: 48, height: 32 })
})

test.each([
  ['animated.png', 'several_frames'],
  ['animated.webp', 'several_frames'],
  ['two-pictures.jpg', 'several_frames'],
  ['picture.gif', 'unknown_type'],
  ['moov-first.mp4', 'unknown_type'],
  ['clip.avi', 'unknown_type'],
])('%s is refused: %s', async (name, code) => {
  expect(await outcomeOf(fixture(name))).toBe(code)
})

test.each([
  '<svg xmlns="http://www.w3.org/2000/svg"/>',
  '<!DOCTYPE html>',
  'BM\x36\0\x0c\0\0\0',
  '\0\0\0\x1cftypavif\0\0\0\0',
  '\0\0\0\x1cftypheic\0\0\0\0',
  'RIFF\x24\0\0\0WAVEfmt ',
  'II*\0\x08\0\0\0',
  ' \x89PNG\r\n\x1a\n',
  'nothing',
])('%j is of an unknown type', async (text) => {
  expect(await outcomeOf(latin1(text))).toBe('unknown_type')
})

test('a file without bytes is empty', async () => {
  expect(await outcomeOf(Buffer.alloc(0))).toBe('empty')
})

describe.each(pictures)('%s', (name) => {
  const whole = fixture(name)

  test('is refused wherever it is cut', async () => {
    for (let length = 1; length < whole.length; length += 1) {
      const outcome = await outcomeOf(whole.subarray(0, length))
      const isTooShortToTell = length < 12 && outcome === 'unknown_type'
      if (!isTooShortToTell) expect(outcome, `${length} bytes`).toBe('truncated')
    }
  })

  test.each(['PK\x03\x04', '<script>', '\0\0', '\xff\xd9'])('is refused with %j behind it', async (rest) => {
    expect(await outcomeOf(Buffer.concat([whole, latin1(rest)]))).toBe('trailing_bytes')
  })

  test('is taken or refused by an error of ours, whichever byte is changed', async () => {
    for (let at = 0; at < whole.length; at += 1) {
      const changed = Buffer.from(whole)
      changed[at] = 255 - (changed[at] ?? 0)
      expect(await outcomeOf(changed), `byte ${at}`).toBeTypeOf('string')
    }
  })
})

test.each([
  '',
  '\x89PNG\r\n\x1a\n',
  '\xff\xd8\xff',
  'RIFF\x40\0\0\0WEBP',
  'RIFF\x40\0\0\0WEBPVP8X\x0a\0\0\0',
])('what begins with %j is taken or refused by an error of ours, however it goes on', async (beginning) => {
  const anyBytes = fc.uint8Array({ maxLength: 300 })
  await fc.assert(
    fc.asyncProperty(anyBytes, async (rest) => {
      expect(await outcomeOf(Buffer.concat([latin1(beginning), rest]))).toBeTypeOf('string')
    }),
  )
})
