import type { Window } from '../file-bytes.ts'
import { broken, checkSize, MAX_PARTS, severalFrames, truncated, type Walked } from './picture.ts'

const RIFF_HEADER = 12
const CHUNK_HEADER = 8
const TELLING_DATA = 10
const ANIMATION_FLAG = 0x02

type Size = { width: number; height: number }

export async function walkWebp(window: Window): Promise<Walked> {
  const end = CHUNK_HEADER + (await window.part(4, 4)).readUInt32LE()
  if (end > window.bytes) throw truncated()

  let canvas: Size | undefined
  let image: Size | undefined
  let at = RIFF_HEADER
  for (let count = 0; at < end; count += 1) {
    if (count === MAX_PARTS) throw broken('the WebP has too many chunks')
    const { type, length, data } = await readChunk(window, at)
    if (type === 'ANIM' || type === 'ANMF') throw severalFrames()
    if (type === 'VP8X' && count === 0) canvas = readCanvas(data)
    else if (type === 'VP8 ' || type === 'VP8L') {
      if (image) throw severalFrames()
      image = type === 'VP8 ' ? readLossy(data) : readLossless(data)
    } else if (!canvas) throw broken('the WebP does not begin with its header')
    at += CHUNK_HEADER + length + (length % 2)
  }
  // Some headers do not count the padding of the last chunk, and some files leave it out then.
  if (at > end + 1) throw broken('the last chunk of the WebP is longer than the file')
  return { ...agreed(image, canvas), end: Math.min(at, window.bytes) }
}

function agreed(image: Size | undefined, canvas: Size | undefined): Size {
  if (!image) throw broken('the WebP has no picture')
  if (canvas && (canvas.width !== image.width || canvas.height !== image.height)) {
    throw broken('the WebP has two sizes')
  }
  return image
}

async function readChunk(window: Window, at: number) {
  const head = await window.part(at, CHUNK_HEADER + TELLING_DATA)
  if (head.length < CHUNK_HEADER) throw broken('the WebP ends inside a chunk')
  const length = head.readUInt32LE(4)
  const data = head.subarray(CHUNK_HEADER, CHUNK_HEADER + length)
  return { type: head.toString('latin1', 0, 4), length, data }
}

function readCanvas(data: Buffer): Size {
  if (data.length < 10) throw broken('the header of the WebP is too short')
  if ((data[0] ?? 0) & ANIMATION_FLAG) throw severalFrames()
  return checked(1 + data.readUIntLE(4, 3), 1 + data.readUIntLE(7, 3))
}

function readLossy(data: Buffer): Size {
  const isKeyFrame = data.length >= 10 && ((data[0] ?? 1) & 1) === 0
  if (!isKeyFrame || data.readUIntBE(3, 3) !== 0x9d012a) throw broken('the WebP has no key frame')
  return checked(data.readUInt16LE(6) & 0x3fff, data.readUInt16LE(8) & 0x3fff)
}

/** A signature, then 14 bits of width and 14 of height, each less one, then a version of 0. */
function readLossless(data: Buffer): Size {
  if (data.length < 5 || data[0] !== 0x2f) throw broken('the WebP has no lossless picture')
  const bits = data.readUInt32LE(1)
  if (bits >>> 29 !== 0) throw broken('the WebP is of an unknown version')
  return checked(1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff))
}

function checked(width: number, height: number): Size {
  checkSize(width, height)
  return { width, height }
}
