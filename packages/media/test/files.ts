import { readFileSync } from 'node:fs'
import type { FileBytes } from '../src/file-bytes.ts'

export function fixture(name: string): Buffer {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url))
}

/** Bytes as a file that counts what is read of it. */
export function fileOf(bytes: Buffer) {
  const read = { times: 0, bytes: 0, longest: 0 }
  const file: FileBytes = {
    bytes: bytes.length,
    async read(first, last) {
      const span = bytes.subarray(first, last + 1)
      read.times += 1
      read.bytes += span.length
      read.longest = Math.max(read.longest, span.length)
      return span
    },
  }
  return { ...file, counted: read }
}

export function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [nth, value] of values.entries()) bytes.writeUInt32BE(value, 4 * nth)
  return bytes
}

export function u32le(value: number): Buffer {
  return u32(value).swap32()
}

export function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}
