export const ids = {
  ebml: 0x1a45dfa3,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  duration: 0x4489,
  tracks: 0x1654ae6b,
  track: 0xae,
  trackType: 0x83,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  cluster: 0x1f43b675,
}

export const LONGEST_HEADER = 12

export type ElementHeader = { id: number; headerBytes: number; size: number | undefined }

/** Reads the header of a WebM or Matroska element; undefined where more bytes are needed, null where it is none. */
export function readElementHeader(head: Buffer): ElementHeader | undefined | null {
  const [first] = head
  if (first === undefined) return undefined
  const idBytes = lengthOf(first)
  if (idBytes > 4) return null
  const second = head[idBytes]
  if (second === undefined) return undefined
  const sizeBytes = lengthOf(second)
  if (sizeBytes > 8) return null
  const headerBytes = idBytes + sizeBytes
  if (head.length < headerBytes) return undefined
  return {
    id: readUnsigned(head.subarray(0, idBytes)),
    headerBytes,
    size: readSize(head.subarray(idBytes, headerBytes)),
  }
}

export function readUnsigned(bytes: Buffer): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0)
}

/** The zeros before the first one of a number tell how many bytes it has. */
function lengthOf(first: number): number {
  return Math.clz32(first) - 23
}

function readSize(bytes: Buffer): number | undefined {
  const marker = 1 << (8 - bytes.length)
  const [first = 0, ...rest] = bytes
  const isUnknown = first === 2 * marker - 1 && rest.every((byte) => byte === 0xff)
  return isUnknown ? undefined : readUnsigned(Buffer.from([first - marker, ...rest]))
}
