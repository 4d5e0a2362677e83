import { type FileBytes, openWindow, type Window } from '../file-bytes.ts'
import { inspectAvi } from './avi.ts'
import { type Clip, type ClipType, empty, type Facts, unknownType } from './clip.ts'
import { containerOf, TELLING_BYTES } from './container.ts'
import { inspectMp4 } from './mp4.ts'
import { inspectWebm } from './webm.ts'

const SPAN_BYTES = 4096

// Not mediabunny: it builds its tables while nothing else runs. An MP4 of 539 bytes that claims 2^32 samples ends the
// process when asked for its duration, a WebM of 8 MB with cues of one time stops it for 13 s; no deadline helps.
const inspectors: Record<ClipType, (window: Window) => Promise<Facts>> = {
  'video/mp4': inspectMp4,
  'video/quicktime': inspectMp4,
  'video/webm': inspectWebm,
  'video/x-msvideo': inspectAvi,
}

/**
 * Tells a clip's type, length and size by its headers, without decoding it, and that none of its parts is cut off.
 * Rejects with ClipError.
 */
export async function inspectClip(file: FileBytes): Promise<Clip> {
  if (file.bytes === 0) throw empty()
  const window = openWindow(file, SPAN_BYTES)
  const type = containerOf(await window.part(0, TELLING_BYTES))
  if (!type || type === 'video/x-matroska') throw unknownType()
  return { type, ...(await inspectors[type](window)) }
}
