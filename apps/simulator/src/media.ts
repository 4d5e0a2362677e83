import { createHash } from 'node:crypto'
import { Problem } from './problem.ts'

/** A picture or clip that came with a request: its bytes in short, or the address they are at. */
export interface Media {
  type: string | null
  name: string | null
  bytes: number | null
  sha256: string | null
  /** Without its query, which may be a secret. */
  url: string | null
}

const nothing: Media = { type: null, name: null, bytes: null, sha256: null, url: null }

export async function mediaOfStream(
  stream: AsyncIterable<Uint8Array>,
  type: string | null,
  name: string | null,
): Promise<Media> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of stream) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { ...nothing, type, name, bytes, sha256: hash.digest('hex') }
}

export function mediaOfUrl(url: string): Media {
  const [, type = null, base64 = ''] = /^data:([\w/+.-]+);base64,(.*)$/s.exec(url) ?? []
  if (type) return mediaOfBytes(bytesOf(base64), type)
  return { ...nothing, url: url.replace(/[?#].*$/s, '') }
}

/** What the server keeps under this name. */
export function mediaNamed(name: string): Media {
  return { ...nothing, name }
}

const beginnings: [RegExp, string][] = [
  [/^\x89PNG/, 'image/png'],
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^....ftyp/s, 'video/mp4'],
  [/^RIFF....AVI /s, 'video/x-msvideo'],
]

/** Bytes that came as base64, whose first ones tell the type. */
export function mediaOfBase64(base64: string): Media {
  const bytes = bytesOf(base64)
  const head = bytes.toString('latin1', 0, 12)
  const type = beginnings.find(([beginning]) => beginning.test(head))?.[1] ?? null
  return mediaOfBytes(bytes, type)
}

function mediaOfBytes(bytes: Buffer, type: string | null): Media {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { ...nothing, type, bytes: bytes.length, sha256 }
}

/** Node skips what is no base64, and reads no further than its end. */
function bytesOf(base64: string): Buffer {
  const bytes = Buffer.from(base64, 'base64')
  const padding = /={0,2}$/.exec(base64.slice(-2))?.[0].length ?? 0
  if (base64.length % 4 === 0 && bytes.length === (base64.length / 4) * 3 - padding) return bytes
  throw new Problem('invalid', 'This is not whole base64.')
}

export function isClip({ type, name, url }: Media): boolean {
  return /^video\//.test(type ?? '') || /\.(mp4|avi|mov|webm)$/i.test(name ?? url ?? '')
}
