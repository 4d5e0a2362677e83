import { ClipError } from '../../src/clips/clip.ts'
import { inspectClip } from '../../src/clips/inspect-clip.ts'
import { createWholeCheck } from '../../src/clips/whole-clip.ts'
import { fileOf, latin1, u32, u32le } from '../files.ts'

/** `taken`, the code of our error, or what should never be: another error. */
export function outcomeOf(bytes: Buffer): Promise<unknown> {
  return inspectClip(fileOf(bytes)).then(() => 'taken', codeOf)
}

/** The same of a body that comes in chunks of some length. */
export async function wholeOutcomeOf(bytes: Buffer, chunkBytes = 1000): Promise<unknown> {
  try {
    for await (const _ of createWholeCheck().pass(inChunks(bytes, chunkBytes)));
    return 'taken'
  } catch (error) {
    return codeOf(error)
  }
}

export async function* inChunks(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

function codeOf(error: unknown): unknown {
  return error instanceof ClipError ? error.code : error
}

export function box(name: string, content: Uint8Array, size = 8 + content.length): Buffer {
  return Buffer.concat([u32(size), latin1(name), content])
}

/** A box whose size has 64 bits. */
export function longBox(name: string, content: Uint8Array, size = 16 + content.length): Buffer {
  return Buffer.concat([u32(1), latin1(name), u32(Math.floor(size / 2 ** 32), size % 2 ** 32), content])
}

export const ftyp = box('ftyp', latin1('isom\0\0\0\0'))

/** A movie of one picture track; more boxes may follow in each. */
export function moov(more: { inMovie?: Buffer; inTrack?: Buffer; handler?: string } = {}): Buffer {
  const { inMovie = Buffer.alloc(0), inTrack = Buffer.alloc(0), handler = 'vide' } = more
  const unity = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000]
  const mvhd = box('mvhd', u32(0, 0, 0, 1000, 2500, 0x10000, 0, 0, 0, ...unity, 0, 0, 0, 0, 0, 0, 2))
  const tkhd = box('tkhd', u32(1, 0, 0, 1, 0, 2500, 0, 0, 0, 0, ...unity, 64 << 16, 36 << 16))
  const hdlr = box('hdlr', Buffer.concat([u32(0, 0), latin1(handler), Buffer.alloc(13)]))
  const trak = box('trak', Buffer.concat([tkhd, box('mdia', Buffer.concat([hdlr, inTrack]))]))
  return box('moov', Buffer.concat([mvhd, trak, inMovie]))
}

/** An element of WebM, its size in 8 bytes. */
export function element(id: string, content: Uint8Array, size = content.length): Buffer {
  const header = Buffer.alloc(8)
  header.writeBigUInt64BE(BigInt(size) | (1n << 56n))
  return Buffer.concat([Buffer.from(id, 'hex'), header, content])
}

export const ebml = element('1a45dfa3', element('4282', latin1('webm')))

const size = Buffer.concat([element('b0', Buffer.of(64)), element('ba', Buffer.of(36))])
const track = Buffer.concat([element('83', Buffer.of(1)), element('e0', size)])
export const tracks = element('1654ae6b', element('ae', track))

export const cluster = element('1f43b675', element('e7', Buffer.of(0)))

export function riff(name: string, content: Buffer, size = 4 + content.length): Buffer {
  return Buffer.concat([latin1('RIFF'), u32le(size), latin1(name), content])
}
