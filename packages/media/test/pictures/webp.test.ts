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

test.each<[string, Buffer, string]>([
  ['lossless', webp(lossless), 'taken'],
  ['lossy', webp(lossy), 'taken'],
  ['with padding', webp(odd), 'taken'],
  ['with padding that is not counted', webp(odd, 4 + unpadded.length), 'taken'],
  ['without padding', webp(unpadded), 'taken'],
  ['without padding that is counted', webp(unpadded, 4 + odd.length), 'truncated'],
  [
    'with two bytes of padding',
    webp(Buffer.concat([odd, Buffer.alloc(1)]), 4 + odd.length),
    'trailing_bytes',
  ],
  ['extended', extended(0, text, lossy), 'taken'],
  ['animated by its header', extended(2, lossy), 'several_frames'],
  ['animated', extended(0, part('ANMF', lossy)), 'several_frames'],
  ['of two pictures', extended(0, lossy, lossless), 'several_frames'],
  ['of two sizes', extended(0, smaller), 'broken'],
  ['too large', webp(larger), 'too_many_pixels'],
  ['without a picture', extended(0), 'broken'],
  ['without a chunk', webp(Buffer.alloc(0)), 'broken'],
  ['without a first chunk', webp(Buffer.concat([text, lossy])), 'broken'],
  ['without a key frame', webp(noKeyFrame), 'broken'],
  ['without width', webp(noWidth), 'broken'],
  ['of another version', webp(otherVersion), 'broken'],
  ['that says it is longer', webp(lossy, 2 ** 32 - 1), 'truncated'],
  ['that says it is shorter', webp(Buffer.concat([lossy, lossy]), 4 + lossy.length), 'trailing_bytes'],
  ['with a chunk that says it is longer', webp(tooLong), 'broken'],
  ['with too many chunks', extended(0, many(10_000, part('XMP ', Buffer.alloc(0))), lossy), 'broken'],
])('a WebP %s is %3$s', async (_, bytes, outcome) => {
  expect(await outcomeOf(bytes)).toBe(outcome)
})
