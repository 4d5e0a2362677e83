import { pipeline, type Readable, type Transform } from 'node:stream'
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib'
import { peek } from './peek.ts'

const decoders: Record<string, (head: Buffer) => Transform> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress(),
  // Some servers leave zlib's header away.
  deflate: ([first = 0, second = 0]) =>
    first % 16 === 8 && (first * 256 + second) % 31 === 0 ? createInflate() : createInflateRaw(),
}
const noCodings = new Set(['', 'identity', 'none', 'binary', 'aws-chunked', 'utf-8'])
const MOST_CODINGS = 3

export function codingsOf(header: string | undefined): string[] {
  const words = (header ?? '').split(',').map((word) => word.trim().toLowerCase())
  return words.filter((word) => !noCodings.has(word))
}

/**
 * The bytes before they were coded; undefined when nobody can tell. A stream that is cut fails, and destroying
 * either destroys the other.
 */
export async function decoded(codings: readonly string[], body: Readable): Promise<Readable | undefined> {
  if (codings.length > MOST_CODINGS || codings.some((coding) => !Object.hasOwn(decoders, coding)))
    return undefined
  let plain = body
  for (const coding of codings.toReversed()) {
    const { head, body: source } = await peek(plain, 2)
    const decoder = decoders[coding]?.(head)
    if (decoder) plain = pipeline(source, decoder, () => {})
  }
  return plain
}
