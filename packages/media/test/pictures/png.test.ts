import { expect, test } from 'vitest'
import { chunk, data, end, header, many, outcomeOf, png } from './pictures.ts'

const none = Buffer.alloc(0)
const noChecksum = header(5, 5)
noChecksum.writeUInt32BE(0, noChecksum.length - 4)

test.each<[string, string, Buffer]>([
  ['whole', 'taken', png(header(5, 5), data, end)],
  ['as large as any', 'taken', png(header(4200, 4000), data, end)],
  ['a row larger', 'too_many_pixels', png(header(4200, 4001), data, end)],
  ['a bomb', 'too_many_pixels', png(header(50_000, 50_000), data, end)],
  ['larger than numbers go', 'too_many_pixels', png(header(2 ** 32 - 1, 2 ** 32 - 1), data, end)],
  ['without width', 'broken', png(header(0, 5), data, end)],
  ['without height', 'broken', png(header(5, 0), data, end)],
  ['of an unknown depth', 'broken', png(header(5, 5, [3, 2, 0, 0, 0]), data, end)],
  ['of an unknown colour', 'broken', png(header(5, 5, [8, 5, 0, 0, 0]), data, end)],
  ['with a wrong checksum', 'broken', png(noChecksum, data, end)],
  ['without a header', 'broken', png(data, end)],
  ['with two headers', 'broken', png(header(5, 5), header(5, 5), data, end)],
  ['without data', 'broken', png(header(5, 5), end)],
  ['with empty data', 'broken', png(header(5, 5), chunk('IDAT', none), end)],
  ['with many chunks', 'taken', png(header(5, 5), many(2500, data), end)],
  ['with too many chunks', 'broken', png(header(5, 5), many(10_000, data), end)],
  ['with too many empty chunks', 'broken', png(header(5, 5), many(10_000, chunk('tEXt', none)), data, end)],
  ['with a chunk of no type', 'broken', png(header(5, 5), chunk('ID\0T', data), end)],
  ['with a chunk of 2 GB', 'truncated', png(header(5, 5), chunk('IDAT', data, 2 ** 31 - 1), end)],
  ['with a chunk of 4 GB', 'broken', png(header(5, 5), chunk('IDAT', data, 2 ** 32 - 1), end)],
  ['with an end that goes on', 'broken', png(header(5, 5), data, chunk('IEND', data))],
  ['with frames', 'several_frames', png(header(5, 5), chunk('acTL', Buffer.alloc(8)), data, end)],
  ['with frames behind', 'several_frames', png(header(5, 5), data, chunk('fdAT', data), end)],
])('a PNG %s is %s', async (_, outcome, bytes) => {
  expect(await outcomeOf(bytes)).toBe(outcome)
})
