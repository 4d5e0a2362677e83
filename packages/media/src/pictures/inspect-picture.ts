import { type FileBytes, openWindow, type Window } from '../file-bytes.ts'
import { walkJpeg } from './jpeg.ts'
import { type Picture, PictureError, severalFrames, type Walked } from './picture.ts'
import { walkPng } from './png.ts'
import { walkWebp } from './webp.ts'

// Neither image-size nor file-type: the walks below meet type and size on their way to the end, while image-size wants
// a JPEG in memory up to its size and looks for it byte by byte where segments make no sense.
const formats: [RegExp, Picture['type'], (window: Window) => Promise<Walked>][] = [
  [/^\x89PNG\r\n/, 'image/png', walkPng],
  [/^\xff\xd8\xff/, 'image/jpeg', walkJpeg],
  [/^RIFF.{4}WEBP/s, 'image/webp', walkWebp],
]
const TELLING_BYTES = 12

/**
 * Tells a picture's type and size by its bytes without decoding it, and that it is one picture with nothing behind it.
 * Rejects with PictureError. Holds one span of 64 KiB; reads no byte more than a few times.
 */
export async function inspectPicture(file: FileBytes): Promise<Picture> {
  if (file.bytes === 0) throw new PictureError('empty', 'the file has no bytes')
  const window = openWindow(file)
  const head = (await window.part(0, TELLING_BYTES)).toString('latin1')
  const format = formats.find(([beginning]) => beginning.test(head))
  if (!format) throw new PictureError('unknown_type', 'the file is no JPEG, PNG or WebP picture')

  const [, type, walk] = format
  const { width, height, end } = await walk(window)
  if (end < file.bytes) throw await whatFollows(window, end)
  return { type, width, height }
}

/** Cameras put more pictures behind the first one, each a whole JPEG. */
async function whatFollows(window: Window, end: number): Promise<PictureError> {
  const rest = await window.part(end, 3)
  if (rest.toString('latin1') === '\xff\xd8\xff') return severalFrames()
  return new PictureError('trailing_bytes', 'the file goes on behind the end of the picture')
}
