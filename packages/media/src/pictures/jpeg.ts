import type { Window } from '../file-bytes.ts'
import { broken, checkSize, MAX_PARTS, PictureError, truncated, type Walked } from './picture.ts'

const START_OF_SCAN = 0xda
const END_OF_IMAGE = 0xd9
const frames = {
  taken: [0xc0, 0xc1, 0xc2],
  /** Lossless, hierarchical and arithmetic ones, which hardly any program reads. */
  refused: [0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf, 0xde],
}
/** As many 0xff may stand before a marker. */
const LONGEST_FILLING = 32
const FRAME_DATA = 6

type Segment = { marker: number; data: number; end: number }

export async function walkJpeg(window: Window): Promise<Walked> {
  let size: { width: number; height: number } | undefined
  let hasScan = false
  let at = 2
  for (let count = 0; count < MAX_PARTS; count += 1) {
    const { marker, data, end } = await readSegment(window, at)
    if (marker === END_OF_IMAGE) {
      if (!size || !hasScan) throw broken('the JPEG has no picture')
      return { ...size, end }
    }
    if (isFrame(marker)) {
      if (size) throw broken('the JPEG has two frames')
      size = await readFrame(window, data, end)
    }
    at = end
    if (marker !== START_OF_SCAN) continue
    if (!size) throw broken('the JPEG has no size before its data')
    at = await endOfScan(window, end)
    hasScan ||= at > end
  }
  throw broken('the JPEG has too many segments')
}

function isFrame(marker: number): boolean {
  if (frames.refused.includes(marker)) {
    throw new PictureError('unknown_type', 'the JPEG is neither baseline nor progressive')
  }
  return frames.taken.includes(marker)
}

async function readSegment(window: Window, at: number): Promise<Segment> {
  const head = await window.part(at, LONGEST_FILLING)
  const nth = head.findIndex((byte) => byte !== 0xff)
  const marker = head[nth]
  if (marker === undefined && head.length < LONGEST_FILLING) throw truncated()
  if (marker === undefined || nth === 0) throw broken('the JPEG has something between its segments')
  const data = at + nth + 1
  if (marker === END_OF_IMAGE) return { marker, data, end: data }
  if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd8)) throw broken('the JPEG has a marker out of place')

  const length = await window.part(data, 2)
  if (length.length < 2) throw truncated()
  const end = data + length.readUInt16BE()
  if (end < data + 2) throw broken('the JPEG has a segment without a length')
  if (end > window.bytes) throw truncated()
  return { marker, data: data + 2, end }
}

async function readFrame(window: Window, at: number, end: number) {
  const data = await window.part(at, FRAME_DATA)
  const [precision = 0, , , , , colors = 0] = data
  const isSound =
    [8, 12].includes(precision) && colors >= 1 && colors <= 4 && end - at === FRAME_DATA + 3 * colors
  if (!isSound) throw broken('the frame of the JPEG makes no sense')
  const size = { height: data.readUInt16BE(1), width: data.readUInt16BE(3) }
  checkSize(size.width, size.height)
  return size
}

async function endOfScan(window: Window, from: number): Promise<number> {
  for (let at = from; ; ) {
    const span = await window.from(at)
    if (span.length < 2) throw truncated()
    const marker = markerIn(span)
    if (marker !== undefined) return at + marker
    // The last byte again: it may be the first one of a marker.
    at += span.length - 1
  }
}

/** In a scan 0xff stands before 0 where it is data, before restart markers, and before itself as filling. */
function markerIn(span: Buffer): number | undefined {
  for (let at = 0; at < span.length - 1; at += 1) {
    if (span[at] !== 0xff) continue
    const next = span[at + 1] ?? 0
    const isData = next === 0 || next === 0xff || (next >= 0xd0 && next <= 0xd7)
    if (!isData) return at
  }
  return undefined
}
