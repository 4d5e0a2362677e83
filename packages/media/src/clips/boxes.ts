import { truncated } from './clip.ts'

const HEADER = 8
export const LONG_HEADER = 16

/** The size is the header's and the content's; undefined where that is "to the end". */
export type BoxHeader = { name: string; headerBytes: number; size: number | undefined }

/** Reads the header of an MP4 or QuickTime box; undefined where more bytes are needed. */
export function readBoxHeader(head: Buffer): BoxHeader | undefined {
  if (head.length < HEADER) return undefined
  const name = head.toString('latin1', 4, 8)
  const short = head.readUInt32BE()
  if (short !== 1) return { name, headerBytes: HEADER, size: short === 0 ? undefined : short }
  if (head.length < LONG_HEADER) return undefined
  return { name, headerBytes: LONG_HEADER, size: Number(head.readBigUInt64BE(8)) }
}

export function isBox({ name, headerBytes, size }: BoxHeader): boolean {
  return /^[\x20-\x7e\xa9]{4}$/.test(name) && (size === undefined || size >= headerBytes)
}

/** Zeros behind the last box. Fewer than a header has may be the beginning of a box that was cut off. */
export function isPadding({ name, size }: BoxHeader): boolean {
  return name === '\0\0\0\0' && size === undefined
}

export function createBoxCheck() {
  const names = new Set<string>()
  let lastOfFragment = ''

  return {
    add(name: string): void {
      names.add(name)
      if (name === 'moof' || name === 'mdat') lastOfFragment = name
    },
    end(): void {
      const isWhole = names.has('moov') && lastOfFragment === 'mdat'
      if (!isWhole) throw truncated()
    },
  }
}
