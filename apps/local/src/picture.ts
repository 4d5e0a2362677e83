import { crc32, deflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
const night = [24, 32, 72]
const dawn = [244, 164, 96]

/** A PNG of a sky at dawn, a few KB long. */
export function pictureOfDawn({ width, height }: { width: number; height: number }): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // Eight bits for each of three colours.
  header.set([8, 2], 8)
  const rows = Array.from({ length: height }, (_, y) => rowOf(width, y / height))
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function rowOf(width: number, depth: number): Buffer {
  const color = night.map((from, i) => Math.round(from + ((dawn[i] ?? 0) - from) * depth))
  return Buffer.concat([Buffer.of(0), Buffer.alloc(width * 3, Buffer.from(color))])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
