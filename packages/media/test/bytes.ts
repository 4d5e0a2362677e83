import { createHash, randomBytes } from 'node:crypto'

export const MIB = 1024 * 1024

/** Bytes that no part or chunk repeats. */
export function someBytes(length: number): Buffer {
  return randomBytes(length)
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** In chunks that end at no part's end. */
export async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 100_003) yield bytes.subarray(at, at + 100_003)
}

/** Those bytes, and then an error. */
export async function* failingAfter(length: number, error: Error): AsyncGenerator<Buffer> {
  if (length > 0) yield* piecesOf(someBytes(length))
  throw error
}

/** Those bytes, and then nothing: neither a chunk nor an end. `waiting` is called as the wait begins. */
export async function* silentAfter(length: number, waiting: () => void = () => {}): AsyncGenerator<Buffer> {
  yield* piecesOf(someBytes(length))
  waiting()
  await new Promise(() => {})
}
