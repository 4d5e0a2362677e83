import type { Readable } from 'node:stream'

/** How many bytes there are, and their SHA-256 in hex. */
export type Digest = { bytes: number; sha256: string }

/** From the first byte to the last, both included, counted from 0. */
export type ByteSpan = { first: number; last: number }

export type Listed = { key: string; bytes: number; modifiedAt: Date }

export type PutOptions = {
  type?: string
  signal?: AbortSignal
}

export type SignOptions = {
  type: string
  disposition: string
  expiresInS: number
}

/**
 * Where pictures and clips are kept. Keys are made by us: see keys.ts. Every function rejects with StoreError where the
 * store can't be written or read now; trying again may help then. Where there is no such object, `size` and `open` give
 * undefined and `remove` does nothing.
 */
export type MediaStore = {
  /**
   * Stores what the body holds, whole or not at all: nothing is seen under the key before the body has ended well. Rejects
   * with the body's own error when that throws, and with the signal's reason. An object that is there is replaced. The
   * body is read to its end or let go.
   */
  put(key: string, body: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<Digest>

  size(key: string): Promise<number | undefined>

  /**
   * All of an object or a span of it, as far as the object goes. Whoever gets it reads or destroys it. It fails with
   * StoreError.
   */
  open(key: string, span?: ByteSpan): Promise<Readable | undefined>

  remove(key: string): Promise<void>

  /** What is whole and has a key that begins so, in no order. */
  list(prefix: string): AsyncIterable<Listed>

  /** Removes what was begun before then and never ended, and returns how much that was. */
  removeUnfinished(before: Date): Promise<number>

  /** An address that opens an object without a key for some time; a folder has none. */
  sign?(key: string, options: SignOptions): Promise<string>

  /** Rejects where nothing can be written. Leaves nothing behind. */
  check(): Promise<void>

  close(): void
}

/** The store is full, read only, away or too slow. Says what and where, with neither keys nor addresses. */
export class StoreError extends Error {
  code = 'STORE_UNAVAILABLE'
}
