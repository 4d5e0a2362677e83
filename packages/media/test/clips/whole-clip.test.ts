import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createWholeCheck } from '../../src/clips/whole-clip.ts'
import { fixture, latin1 } from '../files.ts'
import {
  box,
  cluster,
  ebml,
  element,
  ftyp,
  inChunks,
  longBox,
  moov,
  riff,
  tracks,
  wholeOutcomeOf,
} from './clips.ts'

const counted = [
  ['moov-first.mp4', 'video/mp4'],
  ['moov-last.mp4', 'video/mp4'],
  ['sound.mp4', 'video/mp4'],
  ['quicktime.mov', 'video/quicktime'],
  ['clip.webm', 'video/webm'],
  ['matroska.mkv', 'video/x-matroska'],
  ['clip.avi', 'video/x-msvideo'],
] as const
const open = [
  ['fragmented.mp4', 'video/mp4'],
  ['piped.webm', 'video/webm'],
] as const

describe.each([...counted, ...open])('%s', (name, type) => {
  const whole = fixture(name)

  test.each([1, 7, 64, 1000, whole.length])('passes in chunks of %i', async (length) => {
    const check = createWholeCheck()
    const passed = await buffer(Readable.from(check.pass(inChunks(whole, length))))
    expect(passed.equals(whole)).toBe(true)
    expect(check.type()).toBe(type)
  })

  test('passes or fails by an error of ours, whichever byte is changed', async () => {
    for (let at = 0; at < whole.length; at += 1) {
      const changed = Buffer.from(whole)
      changed[at] = 255 - (changed[at] ?? 0)
      expect(await wholeOutcomeOf(changed), `byte ${at}`).toBeTypeOf('string')
    }
  })
})

test.each(counted)('%s fails wherever it is cut', async (name) => {
  const whole = fixture(name)
  for (let length = 1; length < whole.length; length += 1) {
    const outcome = await wholeOutcomeOf(whole.subarray(0, length))
    const isTooShortToTell = length < 12 && outcome === 'unknown_type'
    if (!isTooShortToTell) expect(outcome, `${length} bytes`).toBe('truncated')
  }
})

test('a fragmented MP4 fails wherever it is cut, but between fragments', async () => {
  expect(await cutsThatPass(fixture('fragmented.mp4'))).toEqual([1862, 2293, 2677])
})

test('a WebM without a length fails wherever it is cut, but between its elements', async () => {
  const whole = fixture('piped.webm')
  const cues = whole.indexOf(Buffer.from('1c53bb6b', 'hex'))
  expect(await cutsThatPass(whole)).toEqual(cues > 0 ? [cues] : [])
})

async function cutsThatPass(whole: Buffer): Promise<number[]> {
  const passed: number[] = []
  for (let length = 1; length < whole.length; length += 1) {
    if ((await wholeOutcomeOf(whole.subarray(0, length))) === 'taken') passed.push(length)
  }
  return passed
}

const all = (...parts: Uint8Array[]) => Buffer.concat(parts)
const mdat = box('mdat', Buffer.alloc(100))
const moof = box('moof', Buffer.alloc(30))
const endless = (id: string) => all(Buffer.from(id, 'hex'), Buffer.from('01ffffffffffffff', 'hex'))
const frame = element('a3', Buffer.alloc(40))
const avi = riff('AVI ', Buffer.alloc(100))

test.each<[string, string, Buffer]>([
  ['an MP4', 'taken', all(ftyp, moov(), mdat)],
  ['an MP4 with long boxes', 'taken', all(ftyp, longBox('mdat', Buffer.alloc(100)), moov())],
  ['an MP4 whose data goes to the end', 'taken', all(ftyp, moov(), box('mdat', Buffer.alloc(100), 0))],
  [
    'an MP4 with other boxes',
    'taken',
    all(ftyp, box('uuid', Buffer.alloc(30)), moov(), mdat, box('free', mdat)),
  ],
  ['an MP4 without ftyp', 'taken', all(box('wide', Buffer.alloc(0)), mdat, moov())],
  ['an MP4 with padding', 'taken', all(ftyp, moov(), mdat, Buffer.alloc(1000))],
  ['an MP4 with too little padding to tell', 'truncated', all(ftyp, moov(), mdat, Buffer.alloc(5))],
  ['an MP4 with something in its padding', 'broken', all(ftyp, moov(), mdat, Buffer.alloc(999), latin1('x'))],
  [
    'an MP4 with something behind it',
    'broken',
    all(ftyp, moov(), mdat, latin1('PK\x03\x04\x14\0\0\0\x08\0')),
  ],
  ['an MP4 with text behind it', 'truncated', all(ftyp, moov(), mdat, latin1('<html><body>'))],
  ['an MP4 without moov', 'truncated', all(ftyp, mdat)],
  ['an MP4 without data', 'truncated', all(ftyp, moov())],
  ['a fragment without data', 'truncated', all(ftyp, moov(), moof, mdat, moof)],
  ['a fragment with data', 'taken', all(ftyp, moov(), moof, mdat, moof, mdat)],
  ['a live WebM', 'taken', all(ebml, endless('18538067'), tracks, endless('1f43b675'), frame, frame)],
  [
    'a live WebM that is cut',
    'truncated',
    all(ebml, endless('18538067'), tracks, endless('1f43b675'), frame.subarray(0, 30)),
  ],
  ['a live WebM of no clusters', 'truncated', all(ebml, endless('18538067'), tracks)],
  [
    'a WebM with something behind it',
    'taken',
    all(ebml, element('18538067', all(tracks, cluster)), latin1('\n')),
  ],
  ['a WebM that is only a header', 'truncated', all(ebml, Buffer.alloc(64))],
  ['an AVI', 'taken', avi],
  ['an AVI of two parts', 'taken', all(avi, riff('AVIX', Buffer.alloc(50)))],
  ['an AVI whose second part is cut', 'truncated', all(avi, riff('AVIX', Buffer.alloc(50)).subarray(0, 40))],
  ['an AVI with something behind it', 'taken', all(avi, latin1('\r\n'))],
  ['an AVI whose length nobody filled in', 'taken', riff('AVI ', Buffer.alloc(100), 0)],
  ['nothing', 'empty', Buffer.alloc(0)],
  ['text', 'unknown_type', latin1('not found')],
  ['sound', 'unknown_type', box('ftyp', latin1('M4A \0\0\0\0'))],
])('%s is %s', async (_, outcome, bytes) => {
  for (const length of [1, 13, 1000]) expect(await wholeOutcomeOf(bytes, length)).toBe(outcome)
})

test('what is no clip fails early, before any of it has passed', async () => {
  let taken = 0
  async function* page() {
    for (; taken < 1000; taken += 1) yield latin1('<p>This video is not ready yet.</p>')
  }
  await expect(createWholeCheck().pass(page()).next()).rejects.toMatchObject({ code: 'unknown_type' })
  expect(taken).toBeLessThan(3)
})

test('an error of the body is passed on', async () => {
  async function* broken() {
    yield fixture('moov-first.mp4').subarray(0, 500)
    throw new Error('connection reset')
  }
  await expect(buffer(Readable.from(createWholeCheck().pass(broken())))).rejects.toThrow('connection reset')
})

test('a body of nothing but small boxes is given up', async () => {
  const boxes = Buffer.alloc(2 ** 20, Uint8Array.from(box('free', Buffer.alloc(0))))
  async function* flood() {
    for (let count = 0; count < 64; count += 1) yield boxes
  }
  await expect(buffer(Readable.from(createWholeCheck().pass(flood())))).rejects.toMatchObject({
    code: 'broken',
  })
})

test('whatever comes passes or fails by an error of ours', async () => {
  const beginning = fc.constantFrom(
    '',
    '\0\0\0\x10ftypisom\0\0\0\0',
    '\x1aE\xdf\xa3\x80\x18\x53\x80\x67\xff',
    'RIFF\x20\0\0\0AVI ',
  )
  await fc.assert(
    fc.asyncProperty(
      beginning,
      fc.uint8Array({ maxLength: 300 }),
      fc.integer({ min: 1, max: 99 }),
      async (head, rest, length) => {
        expect(await wholeOutcomeOf(all(latin1(head), rest), length)).toBeTypeOf('string')
      },
    ),
  )
})
