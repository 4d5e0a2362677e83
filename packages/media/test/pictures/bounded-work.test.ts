import { expect, test } from 'vitest'
import { inspectPicture } from '../../src/pictures/inspect-picture.ts'
import { fileOf, latin1 } from '../files.ts'
import { chunk, data, end, frame, header, jpeg, many, png, scan, segment } from './pictures.ts'

const MiB = 2 ** 20
const SPAN = 64 * 1024
const noise = Uint8Array.from({ length: 251 }, (_, at) => at + 2)
const filled = (bytes: Uint8Array) => Buffer.alloc(20 * MiB, bytes)

test.each<[string, Buffer, string | undefined]>([
  ['a scan of 20 MiB', jpeg(frame(5, 5), scan(filled(noise))), undefined],
  ['a scan of nothing but 0xff', jpeg(frame(5, 5), scan(filled(Uint8Array.of(0xff)))), undefined],
  ['a scan of stuffed bytes', jpeg(frame(5, 5), scan(filled(latin1('\xff\0')))), undefined],
  ['short scans', jpeg(frame(5, 5), filled(scan())), 'broken'],
  ['short segments', jpeg(filled(segment(0xfe, Buffer.alloc(0)))), 'broken'],
  ['short chunks', png(header(5, 5), filled(chunk('tEXt', Buffer.alloc(1)))), 'broken'],
  ['a PNG of 20 MiB', png(header(5, 5), many(2560, chunk('IDAT', Buffer.alloc(8192))), end), undefined],
  [
    'chunks as long as spans',
    png(header(5, 5), many(320, chunk('IDAT', Buffer.alloc(SPAN))), end),
    undefined,
  ],
])('%s: no more is read than there is, and little at once', async (_, bytes, code) => {
  const file = fileOf(bytes)
  const error = await inspectPicture(file).then(
    () => undefined,
    (error: unknown) => error as { code: string },
  )
  expect(error?.code).toBe(code)
  expect(file.counted.bytes).toBeLessThan(1.1 * bytes.length + SPAN)
  expect(file.counted.longest).toBeLessThanOrEqual(SPAN)
})

test('of a picture that says it is too large nothing but the header is read', async () => {
  const file = fileOf(png(header(50_000, 50_000), many(10_000, data)))
  await expect(inspectPicture(file)).rejects.toMatchObject({ code: 'too_many_pixels' })
  expect(file.counted.times).toBe(1)
})
