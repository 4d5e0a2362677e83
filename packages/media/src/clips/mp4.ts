import type { Window } from '../file-bytes.ts'
import { createBoxCheck, isBox, isPadding, LONG_HEADER, readBoxHeader } from './boxes.ts'
import { broken, type Facts, MAX_PARTS, noVideo, truncated } from './clip.ts'

type Box = { name: string; from: number; end: number }
type Budget = { left: number }

const LONGEST_LEAF = 96
const LONGEST_PADDING = 2 ** 20

export async function inspectMp4(window: Window): Promise<Facts> {
  const budget = { left: MAX_PARTS }
  const movie = await findMovie(window, budget)
  let seconds: number | null = null
  let size: Awaited<ReturnType<typeof readTrack>>
  for await (const box of boxesIn(window, movie, budget)) {
    if (box.name === 'mvhd') seconds = secondsOf(await leaf(window, box))
    if (box.name === 'trak') size ??= await readTrack(window, box, budget)
  }
  if (!size) throw noVideo()
  return { seconds, ...size }
}

/** Visits all boxes of the file, since any of them may be the one that was cut. */
async function findMovie(window: Window, budget: Budget): Promise<Box> {
  const check = createBoxCheck()
  let movie: Box | undefined
  for (let at = 0; at < window.bytes; ) {
    const box = await readBox(window, at, window.bytes, budget)
    if (!box) break
    if (box.end > window.bytes) throw truncated()
    check.add(box.name)
    if (box.name === 'moov') movie ??= box
    at = box.end
  }
  check.end()
  if (!movie) throw truncated()
  return movie
}

/** Stops at a rest that is too short for a box: QuickTime ends some of its lists so. */
async function* boxesIn(window: Window, parent: Box, budget: Budget): AsyncGenerator<Box> {
  for (let at = parent.from; parent.end - at >= 8; ) {
    const box = await readBox(window, at, parent.end, budget)
    if (!box) return
    if (box.end > parent.end) throw broken('a box of the clip is longer than what it is in')
    yield box
    at = box.end
  }
}

async function readBox(window: Window, at: number, end: number, budget: Budget): Promise<Box | undefined> {
  if (budget.left-- === 0) throw broken('the clip has too many boxes')
  const header = readBoxHeader(await window.part(at, LONG_HEADER))
  if (!header) throw truncated()
  if (isPadding(header)) {
    await checkPadding(window, at, end)
    return undefined
  }
  if (!isBox(header)) throw broken('the clip has something between its boxes')
  return { name: header.name, from: at + header.headerBytes, end: header.size ? at + header.size : end }
}

async function checkPadding(window: Window, from: number, end: number): Promise<void> {
  if (end - from > LONGEST_PADDING) throw broken('the clip is mostly padding')
  for (let at = from; at < end; ) {
    const zeros = (await window.from(at)).subarray(0, end - at)
    if (zeros.some((byte) => byte !== 0)) throw broken('the clip has something between its boxes')
    at += zeros.length
  }
}

async function readTrack(window: Window, track: Box, budget: Budget) {
  let size = { width: null as number | null, height: null as number | null }
  let isVideo = false
  for await (const box of boxesIn(window, track, budget)) {
    if (box.name === 'tkhd') size = shownSize(await leaf(window, box))
    if (box.name !== 'mdia') continue
    for await (const inner of boxesIn(window, box, budget)) {
      if (inner.name === 'hdlr') isVideo = (await leaf(window, inner)).toString('latin1', 8, 12) === 'vide'
    }
  }
  return isVideo ? size : undefined
}

function leaf(window: Window, { from, end }: Box): Promise<Buffer> {
  return window.part(from, Math.min(end - from, LONGEST_LEAF))
}

/** A duration of all ones is unknown, one of zero is that of fragments which are still to come. */
function secondsOf(header: Buffer): number | null {
  const isLong = header[0] === 1
  if (header.length < (isLong ? 32 : 20)) throw broken('the header of the movie is too short')
  const timescale = header.readUInt32BE(isLong ? 20 : 12)
  const duration = isLong ? header.readBigUInt64BE(24) : BigInt(header.readUInt32BE(16))
  const isKnown = timescale > 0 && duration > 0n && duration !== (isLong ? 2n ** 64n : 2n ** 32n) - 1n
  return isKnown ? Number(duration) / timescale : null
}

/** Whole pixels, turned by the matrix as players turn them. */
function shownSize(header: Buffer) {
  const bytes = header[0] === 1 ? 96 : 84
  if (header.length < bytes) throw broken('the header of a track is too short')
  const isTurned = header.readInt32BE(bytes - 44) === 0 && header.readInt32BE(bytes - 40) !== 0
  const across = header.readUInt16BE(bytes - 8) || null
  const down = header.readUInt16BE(bytes - 4) || null
  return isTurned ? { width: down, height: across } : { width: across, height: down }
}
