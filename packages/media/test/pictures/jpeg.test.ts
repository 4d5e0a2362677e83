import { expect, test } from 'vitest'
import { latin1 } from '../files.ts'
import { frame, jpeg, many, outcomeOf, scan, segment } from './pictures.ts'

const none = Buffer.alloc(0)

test.each<[string, string, Buffer]>([
  ['whole', 'taken', jpeg(frame(5, 5), scan())],
  ['with filled markers', 'taken', jpeg(latin1('\xff\xff\xff'), frame(5, 5), scan(), latin1('\xff\xff'))],
  ['filled up', 'broken', jpeg(Buffer.alloc(100, 0xff), frame(5, 5), scan())],
  ['with restarts', 'taken', jpeg(frame(5, 5), scan(latin1('\x12\xff\xd0\x34\xff\xd7\x56')))],
  ['of many scans', 'taken', jpeg(frame(5, 5, 0xc2), many(100, scan()))],
  ['of too many scans', 'broken', jpeg(frame(5, 5, 0xc2), many(10_000, scan()))],
  ['with an end inside a segment', 'taken', jpeg(segment(0xe1, latin1('\xff\xd9')), frame(5, 5), scan())],
  ['with its end inside a segment', 'truncated', jpeg(frame(5, 5), scan(), segment(0xe1, none, 9))],
  ['without scans', 'broken', jpeg(frame(5, 5))],
  ['with an empty scan', 'broken', jpeg(frame(5, 5), scan(none))],
  ['without a frame', 'broken', jpeg(scan())],
  ['with two frames', 'broken', jpeg(frame(5, 5), frame(5, 5), scan())],
  ['with a frame that is too short', 'broken', jpeg(segment(0xc0, Buffer.alloc(4)), scan())],
  ['without width', 'broken', jpeg(frame(0, 5), scan())],
  ['whose height comes later', 'broken', jpeg(frame(5, 0), scan())],
  ['too large', 'too_many_pixels', jpeg(frame(65_535, 65_535), scan())],
  ['arithmetic', 'unknown_type', jpeg(frame(5, 5, 0xc9), scan())],
  ['lossless', 'unknown_type', jpeg(frame(5, 5, 0xc3), scan())],
  ['with a segment of no length', 'broken', jpeg(segment(0xe1, none, 0), frame(5, 5), scan())],
  ['with a restart out of place', 'broken', jpeg(frame(5, 5), latin1('\xff\xd0'), scan())],
  ['with a beginning inside', 'broken', jpeg(frame(5, 5), scan(latin1('\x12\xff\xd8')))],
  ['with something between segments', 'broken', jpeg(frame(5, 5), latin1('PK'), scan())],
  ['with too many segments', 'broken', jpeg(many(10_000, segment(0xfe, none)), frame(5, 5), scan())],
])('a JPEG %s is %s', async (_, outcome, bytes) => {
  expect(await outcomeOf(bytes)).toBe(outcome)
})

test('a JPEG ends wherever its last marker falls among the spans that are read', async () => {
  for (let length = 65_400; length < 65_600; length += 1) {
    const whole = jpeg(frame(5, 5), scan(Buffer.alloc(length, 1)))
    expect(await outcomeOf(whole), `${length} bytes`).toBe('taken')
  }
})
