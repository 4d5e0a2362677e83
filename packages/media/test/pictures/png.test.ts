import { expect, test } from 'vitest'
import { chunk, data, end, header, many, outcomeOf, png } from './pictures.ts'

const none = Buffer.alloc(0)
const noChecksum = header(5, 5)
noChecksum.writeUInt32BE(0, noChecksum.length - 4)

test.each<[string, Buffer, string]>([
  ['whole', png(header(5, 5), data, end), 'taken'],
  ['as large as any', png(header(4200, 4000), data, end), 'taken'],
  ['a row larger', png(header(4200, 4001), data, end), 'too_many_pixels'],
  ['a bomb', png(header(50_000, 50_000), data, end), 'too_many_pixels'],
  ['larger than numbers go', png(header(2 ** 32 - 1, 2 ** 32 - 1), data, end), 'too_many_pixels'],
  ['without width', png(header(0, 5), data, end), 'broken'],
  ['without height', png(header(5, 0), data, end), 'broken'],
  ['of an unknown depth', png(header(5, 5, [3, 2, 0, 0, 0]), data, end), 'broken'],
  ['of an unknown colour', png(header(5, 5, [8, 5, 0, 0, 0]), data, end), 'broken'],
  ['with a wrong checksum', png(noChecksum, data, end), 'broken'],
  ['without a header', png(data, end), 'broken'],
  ['with two headers', png(header(5, 5), header(5, 5), data, end), 'broken'],
  ['without data', png(header(5, 5), end), 'broken'],
  ['with empty data', png(header(5, 5), chunk('IDAT', none), end), 'broken'],
  ['with many chunks', png(header(5, 5), many(2500, data), end), 'taken'],
  ['with too many chunks', png(header(5, 5), many(10_000, data), end), 'broken'],
  ['with too many empty chunks', png(header(5, 5), many(10_000, chunk('tEXt', none)), data, end), 'broken'],
  ['with a chunk of no type', png(header(5, 5), chunk('ID\0T', data), end), 'broken'],
  ['with a chunk of 2 GB', png(header(5, 5), chunk('IDAT', data, 2 ** 31 - 1), end), 'truncated'],
  ['with a chunk of 4 GB', png(header(5, 5), chunk('IDAT', data, 2 ** 32 - 1), end), 'broken'],
  ['with an end that goes on', png(header(5, 5), data, chunk('IEND', data)), 'broken'],
  ['with frames', png(header(5, 5), chunk('acTL', Buffer.alloc(8)), data, end), 'several_frames'],
  ['with frames behind', png(header(5, 5), data, chunk('fdAT', data), end), 'several_frames'],
])('a PNG %s is %3$s', async (_, bytes, outcome) => {
  expect(await outcomeOf(bytes)).toBe(outcome)
})
