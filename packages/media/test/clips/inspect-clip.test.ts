import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inspectClip } from '../../src/clips/inspect-clip.ts'
import { fileOf, fixture, latin1 } from '../files.ts'
import { outcomeOf } from './clips.ts'

const clips = [
  ['moov-first.mp4', 'video/mp4'],
  ['moov-last.mp4', 'video/mp4'],
  ['sound.mp4', 'video/mp4'],
  ['quicktime.mov', 'video/quicktime'],
  ['clip.webm', 'video/webm'],
  ['clip.avi', 'video/x-msvideo'],
] as const

test.each(clips)('%s is %s by its bytes', async (name, type) => {
  expect(await inspectClip(fileOf(fixture(name)))).toEqual({ type, seconds: 1, width: 64, height: 36 })
})

test('a clip that is turned has the size that it is shown in', async () => {
  expect(await inspectClip(fileOf(fixture('rotated.mp4')))).toMatchObject({ width: 36, height: 64 })
})

test.each(['fragmented.mp4', 'piped.webm'])('%s does not say how long it is', async (name) => {
  expect(await inspectClip(fileOf(fixture(name)))).toMatchObject({ seconds: null, width: 64, height: 36 })
})

test.each([
  ['only-sound.mp4', 'no_video'],
  ['only-sound.webm', 'no_video'],
  ['only-sound.avi', 'no_video'],
  ['matroska.mkv', 'unknown_type'],
  ['animated.webp', 'unknown_type'],
  ['baseline.jpg', 'unknown_type'],
])('%s is refused: %s', async (name, code) => {
  expect(await outcomeOf(fixture(name))).toBe(code)
})

test.each([
  '\0\0\0\x1cftypM4A \0\0\0\0',
  '\0\0\0\x1cftypavif\0\0\0\0',
  '\0\0\0\x1cftypheic\0\0\0\0',
  'OggS\0\x02',
  '<!DOCTYPE html>',
  '{"error":"not found"}',
  'the moov is full',
])('%j is of an unknown type', async (text) => {
  expect(await outcomeOf(latin1(text))).toBe('unknown_type')
})

test('a file without bytes is empty', async () => {
  expect(await outcomeOf(Buffer.alloc(0))).toBe('empty')
})

describe.each([...clips.map(([name]) => name), 'rotated.mp4'])('%s', (name) => {
  const whole = fixture(name)

  test('is refused wherever it is cut', async () => {
    for (let length = 1; length < whole.length; length += 1) {
      const outcome = await outcomeOf(whole.subarray(0, length))
      const isTooShortToTell = length < 48 && outcome === 'unknown_type'
      if (!isTooShortToTell) expect(outcome, `${length} bytes`).toBe('truncated')
    }
  })
})

describe.each([...clips.map(([name]) => name), 'fragmented.mp4', 'piped.webm'])('%s', (name) => {
  test('is taken or refused by an error of ours, whichever byte is changed', async () => {
    const whole = fixture(name)
    for (let at = 0; at < whole.length; at += 1) {
      const changed = Buffer.from(whole)
      changed[at] = 255 - (changed[at] ?? 0)
      expect(await outcomeOf(changed), `byte ${at}`).toBeTypeOf('string')
    }
  })
})

test.each([
  ['', 0],
  ['moov-first.mp4', 36],
  ['moov-first.mp4', 100],
  ['clip.webm', 60],
  ['clip.avi', 40],
])(
  'what begins like %s is taken or refused by an error of ours, however it goes on',
  async (name, length) => {
    const beginning = name ? fixture(name).subarray(0, length) : Buffer.alloc(0)
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (rest) => {
        expect(await outcomeOf(Buffer.concat([beginning, rest]))).toBeTypeOf('string')
      }),
    )
  },
)
