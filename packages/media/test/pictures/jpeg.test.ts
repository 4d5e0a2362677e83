import { expect, test } from 'vitest'
import { latin1 } from '../files.ts'
import { frame, jpeg, many, outcomeOf, scan, segment } from './pictures.ts'

const none = Buffer.alloc(0)

test.each<[string, Buffer, string]>([
  ['whole', jpeg(frame(5, 5), scan()), 'taken'],
  ['with filled markers', jpeg(latin1('\xff\xff\xff'), frame(5, 5), scan(), latin1('\xff\xff')), 'taken'],
  ['filled up', jpeg(Buffer.alloc(100, 0xff), frame(5, 5), scan()), 'broken'],
  ['with restarts', jpeg(frame(5, 5), scan(latin1('\x12\xff\xd0\x34\xff\xd7\x56'))), 'taken'],
  ['of many scans', jpeg(frame(5, 5, 0xc2), many(100, scan())), 'taken'],
  ['of too many scans', jpeg(frame(5, 5, 0xc2), many(10_000, scan())), 'broken'],
  ['with an end inside a segment', jpeg(segment(0xe1, latin1('\xff\xd9')), frame(5, 5), scan()), 'taken'],
  ['with its end inside a segment', jpeg(frame(5, 5), scan(), segment(0xe1, none, 9)), 'truncated'],
  ['without scans', jpeg(frame(5, 5)), 'broken'],
  ['with an empty scan', jpeg(frame(5, 5), scan(none)), 'broken'],
  ['without a frame', jpeg(scan()), 'broken'],
  ['with two frames', jpeg(frame(5, 5), frame(5, 5), scan()), 'broken'],
  ['with a frame that is too short', jpeg(segment(0xc0, Buffer.alloc(4)), scan()), 'broken'],
  ['without width', jpeg(frame(0, 5), scan()), 'broken'],
  ['whose height comes later', jpeg(frame(5, 0), scan()), 'broken'],
  ['too large', jpeg(frame(65_535, 65_535), scan()), 'too_many_pixels'],
  ['arithmetic', jpeg(frame(5, 5, 0xc9), scan()), 'unknown_type'],
  ['lossless', jpeg(frame(5, 5, 0xc3), scan()), 'unknown_type'],
  ['with a segment of no length', jpeg(segment(0xe1, none, 0), frame(5, 5), scan()), 'broken'],
  ['with a restart out of place', jpeg(frame(5, 5), latin1('\xff\xd0'), scan()), 'broken'],
  ['with a beginning inside', jpeg(frame(5, 5), scan(latin1('\x12\xff\xd8'))), 'broken'],
  ['with something between segments', jpeg(frame(5, 5), latin1('PK'), scan()), 'broken'],
  ['with too many segments', jpeg(many(10_000, segment(0xfe, none)), frame(5, 5), scan()), 'broken'],
])('a JPEG %s is %3$s', async (_, bytes, outcome) => {
  expect(await outcomeOf(bytes)).toBe(outcome)
})
