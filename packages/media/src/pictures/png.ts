import { crc32 } from 'node:zlib'
import type { Window } from '../file-bytes.ts'
import { broken, checkSize, MAX_PARTS, severalFrames, truncated, type Walked } from './picture.ts'

const SIGNATURE = '\x89PNG\r\n\x1a\n'
const HEADER_DATA = 13
/** Length and type before the data of a chunk, and a checksum behind it. */
const AROUND_DATA = 12
const LONGEST_CHUNK = 2 ** 31 - 1

const depths: Record<number, number[]> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
}
const ofAnimations = ['acTL', 'fcTL', 'fdAT']

export async function walkPng(window: Window): Promise<Walked> {
  const size = await readHeader(window)
  let at = SIGNATURE.length + AROUND_DATA + HEADER_DATA
  let hasData = false
  for (let count = 1; count < MAX_PARTS; count += 1) {
    const { type, length } = await readChunk(window, at)
    at += AROUND_DATA + length
    if (at > window.bytes) throw truncated()
    if (ofAnimations.includes(type)) throw severalFrames()
    if (type === 'IHDR') throw broken('the PNG has two headers')
    if (type === 'IDAT' && length > 0) hasData = true
    if (type !== 'IEND') continue
    if (length > 0 || !hasData) throw broken('the PNG has no data')
    return { ...size, end: at }
  }
  throw broken('the PNG has too many chunks')
}

async function readHeader(window: Window) {
  const head = await window.part(0, SIGNATURE.length + AROUND_DATA + HEADER_DATA)
  if (head.length < SIGNATURE.length + AROUND_DATA + HEADER_DATA) throw truncated()
  const isHeader = head.toString('latin1', 0, 16) === `${SIGNATURE}\0\0\0\x0dIHDR`
  if (!isHeader || crc32(head.subarray(12, 29)) !== head.readUInt32BE(29)) {
    throw broken('the PNG does not begin with its header')
  }

  const [depth = 0, color = 0, compression, filter, interlace = 0] = head.subarray(24, 29)
  const isKnown = depths[color]?.includes(depth) && compression === 0 && filter === 0 && interlace <= 1
  if (!isKnown) throw broken('the PNG is of a kind that does not exist')
  const size = { width: head.readUInt32BE(16), height: head.readUInt32BE(20) }
  checkSize(size.width, size.height)
  return size
}

async function readChunk(window: Window, at: number) {
  const head = await window.part(at, 8)
  if (head.length < 8) throw truncated()
  const chunk = { length: head.readUInt32BE(0), type: head.toString('latin1', 4) }
  if (chunk.length > LONGEST_CHUNK || !/^[A-Za-z]{4}$/.test(chunk.type)) {
    throw broken('the PNG has something between its chunks')
  }
  return chunk
}
