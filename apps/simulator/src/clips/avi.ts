import { createHash } from 'node:crypto'
import type { Video } from '../videos.ts'
import type { Clip } from './clips.ts'
import { type Drawing, drawFrame, drawingOf } from './drawing.ts'

const framesShown = 4

/** The clip of a video as an AVI file: a few frames, uncompressed. */
export function aviOf(video: Video): Clip {
  const whole = drawingOf(video)
  const drawing = {
    ...whole,
    width: 4 * Math.round(whole.width / 8),
    height: 4 * Math.round(whole.height / 8),
  }
  const frames = Array.from({ length: framesShown }, (_, index) =>
    chunk('00db', bitmapOf(drawing, index / framesShown)),
  )
  const bytes = list('RIFF', 'AVI ', headersOf(drawing), list('LIST', 'movi', ...frames))
  return { bytes, etag: `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"` }
}

function headersOf({ width, height }: Drawing): Buffer {
  const imageBytes = width * height * 3
  const main = numbers(1_000_000, imageBytes, 0, 0, framesShown, 0, 1, imageBytes, width, height, 0, 0, 0, 0)
  const stream = Buffer.concat([
    Buffer.from('vidsDIB '),
    numbers(0, 0, 0, 1, 1, 0, framesShown, imageBytes, 0xffffffff, 0),
    numbers(0, (height << 16) | width),
  ])
  const format = numbers(40, width, height, (24 << 16) | 1, 0, imageBytes, 0, 0, 0, 0)
  return list(
    'LIST',
    'hdrl',
    chunk('avih', main),
    list('LIST', 'strl', chunk('strh', stream), chunk('strf', format)),
  )
}

/** Blue, green and red of each pixel, the lowest row first. */
function bitmapOf(drawing: Drawing, time: number): Buffer {
  const { width, height } = drawing
  const rgba = drawFrame(drawing, time)
  const bitmap = Buffer.alloc(width * height * 3)
  for (let at = 0; at < width * height; at++) {
    const from = 4 * ((height - 1 - Math.floor(at / width)) * width + (at % width))
    for (let color = 0; color < 3; color++) bitmap[3 * at + color] = rgba[from + 2 - color] ?? 0
  }
  return bitmap
}

function list(kind: string, name: string, ...chunks: Buffer[]): Buffer {
  return chunk(kind, Buffer.concat([Buffer.from(name), ...chunks]))
}

function chunk(name: string, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from(name), numbers(data.length), data])
}

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, 4 * index)
  return bytes
}
