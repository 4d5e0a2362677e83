import { expect, test } from 'vitest'
import { latin1 } from '../files.ts'
import { many, outcomeOf, part, webp } from './pictures.ts'

const lossless = part('VP8L', latin1('\x2f\x04\0\x01\0\0'))
const lossy = part('VP8 ', latin1('\0\0\0\x9d\x01\x2a\x05\0\x05\0'))
const odd = part('VP8L', latin1('\x2f\x04\0\x01\0'))
const unpadded = odd.subarray(0, -1)
const smaller = part('VP8L', latin1('\x2f\0\0\0\0\0'))
const larger = part('VP8L', latin1('\x2f\xff\xff\xff\x0f\0'))
const noKeyFrame = part('VP8 ', latin1('\x01\0\0\x9d\x01\x2a\x05\0\x05\0'))
const noWidth = part('VP8 ', latin1('\0\0\0\x9d\x01\x2a\0\0\x05\0'))
const otherVersion = part('VP8L', latin1('\x2f\x04\0\x01\x20\0'))
const text = part('XMP ', Buffer.alloc(4))
const tooLong = part('VP8L', latin1('\x2f\x04\0\x01\0'), 2 ** 32 - 1)

function extended(flags: number, ...chunks: Buffer[]): Buffer {
  return webp(Buffer.concat([part('VP8X', Buffer.from([flags, 0, 0, 0, 4, 0, 0, 4, 0, 0])), ...chunks]))
}

test.each<[string, string, Buffer]>([
  ['lossless', 'taken', webp(lossless)],
  ['lossy', 'taken', webp(lossy)],
  ['with padding', 'taken', webp(odd)],
  ['with padding that is not counted', 'taken', webp(odd, 4 + unpadded.length)],
  ['without padding', 'taken', webp(unpadded)],
  ['without padding that is counted', 'truncated', webp(unpadded, 4 + odd.length)],
  [
    'with two bytes of padding',
    'trailing_bytes',
    webp(Buffer.concat([odd, Buffer.alloc(1)]), 4 + odd.length),
  ],
  ['extended', 'taken', extended(0, text, lossy)],
  ['animated by its header', 'several_frames', extended(2, lossy)],
  ['animated', 'several_frames', extended(0, part('ANMF', lossy))],
  ['of two pictures', 'several_frames', extended(0, lossy, lossless)],
  ['of two sizes', 'broken', extended(0, smaller)],
  ['too large', 'too_many_pixels', webp(larger)],
  ['without a picture', 'broken', extended(0)],
  ['without a chunk', 'broken', webp(Buffer.alloc(0))],
  ['without a first chunk', 'broken', webp(Buffer.concat([text, lossy]))],
  ['without a key frame', 'broken', webp(noKeyFrame)],
  ['without width', 'broken', webp(noWidth)],
  ['of another version', 'broken', webp(otherVersion)],
  ['that says it is longer', 'truncated', webp(lossy, 2 ** 32 - 1)],
  ['that says it is shorter', 'trailing_bytes', webp(Buffer.concat([lossy, lossy]), 4 + lossy.length)],
  ['with a chunk that says it is longer', 'broken', webp(tooLong)],
  ['with too many chunks', 'broken', extended(0, many(10_000, part('XMP ', Buffer.alloc(0))), lossy)],
])('a WebP %s is %s', async (_, outcome, bytes) => {
  expect(await outcomeOf(bytes)).toBe(outcome)
})
