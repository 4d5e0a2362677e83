import { expect, test } from 'vitest'
import { inspectClip } from '../../src/clips/inspect-clip.ts'
import { fileOf, latin1, u32 } from '../files.ts'
import { box, cluster, ebml, element, ftyp, longBox, moov, outcomeOf, riff, tracks } from './clips.ts'

const none = Buffer.alloc(0)
const all = (...parts: Uint8Array[]): Buffer => Buffer.concat(parts)
const many = (count: number, bytes: Buffer) => Buffer.alloc(count * bytes.length, Uint8Array.from(bytes))
const mdat = box('mdat', Buffer.alloc(100))
const withTables = (count: number) => {
  const tables = all(
    box('stts', u32(0, 1, count, 1)),
    box('ctts', u32(0, 1, 1, 0)),
    box('stsz', u32(0, 1, count)),
  )
  return moov({ inTrack: box('minf', box('stbl', tables)) })
}
const segment = (...content: Uint8Array[]) => element('18538067', all(...content))
const ofTracks = (content: Uint8Array) => element('1654ae6b', content)
const longNumber = element('ae', element('83', Buffer.alloc(9)))
const endlessTracks = Buffer.from('1654ae6bff', 'hex')
const le = (value: number) => u32(value).swap32()
const list = (name: string, content: Buffer) =>
  all(latin1('LIST'), le(4 + content.length), latin1(name), content)

test.each<[string, string, Buffer]>([
  ['an MP4', 'taken', all(ftyp, moov(), mdat)],
  ['an MP4 that claims 2^32 samples', 'taken', all(ftyp, withTables(2 ** 32 - 1), mdat)],
  ['an MP4 with long boxes', 'taken', all(ftyp, longBox('mdat', Buffer.alloc(100)), moov())],
  ['an MP4 whose data goes to the end', 'taken', all(ftyp, moov(), box('mdat', Buffer.alloc(100), 0))],
  [
    'an MP4 with other boxes',
    'taken',
    all(ftyp, box('uuid', Buffer.alloc(30)), moov(), box('free', none), mdat),
  ],
  ['an MP4 without ftyp', 'taken', all(moov(), mdat)],
  ['an MP4 with padding', 'taken', all(ftyp, moov(), mdat, Buffer.alloc(1000))],
  ['an MP4 with too little padding to tell', 'truncated', all(ftyp, moov(), mdat, Buffer.alloc(3))],
  ['an MP4 that is mostly padding', 'broken', all(ftyp, moov(), mdat, Buffer.alloc(2 ** 21))],
  [
    'an MP4 with something in its padding',
    'broken',
    all(ftyp, moov(), mdat, Buffer.alloc(9000), latin1('PK')),
  ],
  ['an MP4 with a ZIP behind it', 'broken', all(ftyp, moov(), mdat, latin1('PK\x03\x04\x14\0\0\0\x08\0'))],
  ['an MP4 without moov', 'truncated', all(ftyp, mdat)],
  ['an MP4 without mdat', 'truncated', all(ftyp, moov())],
  ['an MP4 without tracks', 'no_video', all(ftyp, box('moov', box('free', none)), mdat)],
  ['an MP4 of sound', 'no_video', all(ftyp, moov({ handler: 'soun' }), mdat)],
  ['an MP4 with a box of 4 bytes', 'broken', all(ftyp, box('free', none, 4), moov(), mdat)],
  ['an MP4 with a long box of 8 bytes', 'broken', all(ftyp, longBox('free', none, 8), moov(), mdat)],
  ['an MP4 with a box of 2^63 bytes', 'truncated', all(ftyp, moov(), longBox('mdat', none, 2 ** 63))],
  [
    'an MP4 with a track longer than the movie',
    'broken',
    all(ftyp, moov({ inMovie: box('trak', none, 999) }), mdat),
  ],
  ['an MP4 with a short header', 'broken', all(ftyp, box('moov', box('mvhd', Buffer.alloc(8))), mdat)],
  ['a WebM', 'taken', all(ebml, segment(tracks, cluster))],
  ['a WebM with room in it', 'taken', all(ebml, segment(element('ec', Buffer.alloc(50)), tracks, cluster))],
  ['a WebM of no pictures', 'no_video', all(ebml, segment(ofTracks(none), cluster))],
  ['a WebM without tracks', 'truncated', all(ebml, segment(cluster))],
  ['a WebM without clusters', 'truncated', all(ebml, segment(tracks))],
  ['a WebM without a segment', 'truncated', ebml],
  [
    'a WebM with an element of 2^55 bytes',
    'truncated',
    all(ebml, segment(element('ec', none, 2 ** 55), tracks)),
  ],
  [
    'a WebM with a track that is too long',
    'broken',
    all(ebml, segment(ofTracks(element('ae', none, 9)), cluster)),
  ],
  ['a WebM with a number of 9 bytes', 'broken', all(ebml, segment(ofTracks(longNumber), cluster))],
  ['a WebM with tracks of no length', 'truncated', all(ebml, segment(endlessTracks, cluster))],
  ['an AVI without a header', 'broken', riff('AVI ', list('movi', Buffer.alloc(50)))],
  ['an AVI whose header is cut', 'truncated', riff('AVI ', all(latin1('LIST'), le(9999), latin1('hdrl')))],
])('%s is %s', async (_, outcome, bytes) => {
  expect(await outcomeOf(bytes)).toBe(outcome)
})

test.each<[string, Buffer]>([
  ['boxes', all(ftyp, many(500_000, box('free', none)), moov(), mdat)],
  ['boxes of a movie', all(ftyp, moov({ inMovie: many(500_000, box('free', none)) }), mdat)],
  ['tracks', all(ftyp, moov({ inMovie: many(100_000, box('trak', box('mdia', none))) }), mdat)],
  ['elements', all(ebml, segment(many(500_000, element('ec', none)), tracks, cluster))],
  ['tracks of a WebM', all(ebml, segment(ofTracks(many(300_000, element('ae', none))), cluster))],
  ['chunks', riff('AVI ', list('hdrl', many(500_000, all(latin1('JUNK'), le(0)))))],
])('too many %s are counted, and little is read at once', async (_, bytes) => {
  const file = fileOf(bytes)
  await expect(inspectClip(file)).rejects.toMatchObject({ code: 'broken' })
  expect(file.counted.bytes).toBeLessThan(1.1 * bytes.length)
  expect(file.counted.longest).toBeLessThanOrEqual(4096)
})
