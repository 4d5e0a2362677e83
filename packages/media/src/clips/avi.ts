import type { Window } from '../file-bytes.ts'
import { broken, type Facts, MAX_PARTS, noVideo, truncated } from './clip.ts'

const RIFF_HEADER = 12
const CHUNK_HEADER = 8
const LIST_HEADER = 12
const MAIN_HEADER = 40
const UNKNOWN_SIZES = [0, 0xffffffff]

export async function inspectAvi(window: Window): Promise<Facts> {
  const head = await window.part(0, RIFF_HEADER + LIST_HEADER)
  if (head.length < RIFF_HEADER + LIST_HEADER) throw truncated()
  const riffBytes = head.readUInt32LE(4)
  if (!UNKNOWN_SIZES.includes(riffBytes) && CHUNK_HEADER + riffBytes > window.bytes) throw truncated()
  if (head.toString('latin1', 12, 16) !== 'LIST' || head.toString('latin1', 20, 24) !== 'hdrl') {
    throw broken('the AVI does not begin with its header')
  }
  const end = RIFF_HEADER + CHUNK_HEADER + head.readUInt32LE(16)
  if (end > window.bytes) throw truncated()
  return readHeaders(window, RIFF_HEADER + LIST_HEADER, end)
}

async function readHeaders(window: Window, from: number, end: number): Promise<Facts> {
  let facts: Facts | undefined
  let hasVideo = false
  let count = 0
  for (let at = from; at + CHUNK_HEADER <= end; ) {
    if (count++ === MAX_PARTS) throw broken('the AVI has too many chunks')
    const name = (await window.part(at, 4)).toString('latin1')
    if (name === 'avih') facts = readMain(await window.part(at + CHUNK_HEADER, MAIN_HEADER))
    if (name === 'LIST') hasVideo ||= isVideo(await window.part(at + CHUNK_HEADER, 16))
    const length = (await window.part(at + 4, 4)).readUInt32LE()
    at += CHUNK_HEADER + length + (length % 2)
  }
  if (!facts) throw broken('the AVI has no main header')
  if (!hasVideo) throw noVideo()
  return facts
}

/** Microseconds of a frame, the number of frames, width and height. */
function readMain(header: Buffer): Facts {
  if (header.length < MAIN_HEADER) throw truncated()
  const seconds = (header.readUInt32LE(0) * header.readUInt32LE(16)) / 1e6
  return {
    seconds: seconds || null,
    width: header.readUInt32LE(32) || null,
    height: header.readUInt32LE(36) || null,
  }
}

/** A list about a stream begins with the header of that stream, which begins with its kind. */
function isVideo(list: Buffer): boolean {
  return /^strlstrh.{4}vids$/s.test(list.toString('latin1', 0, 16))
}
