import { crc32 } from 'node:zlib'
import { inspectPicture } from '../../src/pictures/inspect-picture.ts'
import { PictureError } from '../../src/pictures/picture.ts'
import { fileOf, latin1, u32, u32le } from '../files.ts'

/** `taken`, the code of our error, or what should never be: another error. */
export function outcomeOf(bytes: Buffer): Promise<unknown> {
  return inspectPicture(fileOf(bytes)).then(
    () => 'taken',
    (error: unknown) => (error instanceof PictureError ? error.code : error),
  )
}

export function many(count: number, bytes: Buffer): Buffer {
  return Buffer.alloc(count * bytes.length, Uint8Array.from(bytes))
}

export function png(...chunks: Buffer[]): Buffer {
  return Buffer.concat([latin1('\x89PNG\r\n\x1a\n'), ...chunks])
}

export function chunk(type: string, data: Buffer, length = data.length): Buffer {
  const body = Buffer.concat([latin1(type), data])
  return Buffer.concat([u32(length), body, u32(crc32(body))])
}

export function header(width: number, height: number, kind = [8, 2, 0, 0, 0]): Buffer {
  return chunk('IHDR', Buffer.concat([u32(width, height), Buffer.from(kind)]))
}

export const data = chunk('IDAT', Buffer.alloc(20))
export const end = chunk('IEND', Buffer.alloc(0))

export function webp(chunks: Buffer, counted = 4 + chunks.length): Buffer {
  return Buffer.concat([latin1('RIFF'), u32le(counted), latin1('WEBP'), chunks])
}

export function part(type: string, content: Buffer, length = content.length, padding = length % 2): Buffer {
  return Buffer.concat([latin1(type), u32le(length), content, Buffer.alloc(padding)])
}

export function jpeg(...parts: Buffer[]): Buffer {
  return Buffer.concat([latin1('\xff\xd8'), ...parts, latin1('\xff\xd9')])
}

export function segment(marker: number, content: Uint8Array, length = content.length + 2): Buffer {
  return Buffer.concat([Buffer.from([0xff, marker, length >> 8, length & 0xff]), content])
}

export function frame(width: number, height: number, marker = 0xc0): Buffer {
  return segment(marker, Buffer.from([8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 17, 0]))
}

export function scan(content: Uint8Array = latin1('\x12\xff\0\x34')): Buffer {
  return Buffer.concat([segment(0xda, Buffer.alloc(6)), content])
}
