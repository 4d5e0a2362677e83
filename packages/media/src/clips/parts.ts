import { broken, truncated } from './clip.ts'

export const TO_THE_END = Number.POSITIVE_INFINITY
export const PADDING = 'padding'

/**
 * How long the part is that begins so, with its header; PADDING where only zeros may follow; undefined where more bytes
 * are needed.
 */
export type SizeOfPart = (head: Buffer) => number | typeof PADDING | undefined

const LONGEST_HEADER = 16
/** More than there are frames in an hour. */
const MAX_PARTS = 1_000_000

/** Follows a body from part to part, whichever way it is cut into chunks, and holds one header at most. */
export function createPartWalk(sizeOf: SizeOfPart) {
  const header = Buffer.alloc(LONGEST_HEADER)
  let headerBytes = 0
  let left = 0
  let count = 0
  let isPadding = false

  function begin(byte: number): void {
    header[headerBytes++] = byte
    const size = sizeOf(header.subarray(0, headerBytes))
    if (size === undefined) return
    if (count++ === MAX_PARTS) throw broken('the clip has too many parts')
    isPadding = size === PADDING
    left = size === PADDING ? TO_THE_END : size - headerBytes
    headerBytes = 0
  }

  return {
    take(chunk: Uint8Array): void {
      for (let at = 0; at < chunk.length; ) {
        if (left === 0) begin(chunk[at++] ?? 0)
        else {
          const taken = Math.min(left, chunk.length - at)
          if (isPadding && chunk.subarray(at).some((byte) => byte !== 0))
            throw broken('something follows the clip')
          left -= taken
          at += taken
        }
      }
    },
    end(): void {
      if (headerBytes > 0 || (left > 0 && left !== TO_THE_END)) throw truncated()
    },
  }
}
