import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { FileBytes } from './file-bytes.ts'
import type { Digest } from './store.ts'

const IDLE_MS = 30_000
const READ_BYTES = 64 * 1024

export type SpoolOptions = {
  maxBytes: number
  idleMs?: number
  signal?: AbortSignal
  folder?: string
}

/**
 * A body that lies on disk, under no name: what ends this process frees its space, too. It can be streamed as often as
 * asked for. Reads end with it.
 */
export type SpooledFile = Digest &
  FileBytes & {
    stream(): Readable
    [Symbol.asyncDispose](): Promise<void>
  }

export class SpoolError extends Error {
  code: 'too_large' | 'too_slow'
  constructor(code: SpoolError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Writes a body of unknown trust to disk, counted and hashed on the way. Rejects with SpoolError, with the body's own
 * error or the signal's reason, and then nothing is left.
 */
export async function spool(body: AsyncIterable<Uint8Array>, options: SpoolOptions): Promise<SpooledFile> {
  const chunks = body[Symbol.asyncIterator]()
  let file: FileHandle | undefined
  try {
    file = await openNameless(options.folder ?? tmpdir())
    return spooled(file, await fill(file, chunks, options))
  } catch (error) {
    letGo(body, chunks)
    await file?.close()
    throw error
  }
}

/** Linux and macOS keep a file without a name for as long as it is open. */
async function openNameless(folder: string): Promise<FileHandle> {
  const path = join(folder, `reelay-${randomUUID()}`)
  const file = await open(path, 'wx+', 0o600)
  try {
    await unlink(path)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

async function fill(
  file: FileHandle,
  chunks: AsyncIterator<Uint8Array>,
  { maxBytes, idleMs = IDLE_MS, signal }: SpoolOptions,
): Promise<Digest> {
  const hash = createHash('sha256')
  for (let bytes = 0; ; ) {
    const chunk = await inTime(chunks.next(), idleMs, signal)
    if (chunk.done) return { bytes, sha256: hash.digest('hex') }
    bytes += chunk.value.length
    if (bytes > maxBytes) throw new SpoolError('too_large', `more than ${maxBytes} bytes`)
    hash.update(chunk.value)
    await file.appendFile(chunk.value)
  }
}

async function inTime<T>(chunk: Promise<T>, idleMs: number, signal: AbortSignal | undefined): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new SpoolError('too_slow', `no byte for ${idleMs} ms`)), idleMs)
  const abort = () => reject(signal?.reason)
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort)
  try {
    return await Promise.race([chunk, ended])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

/** Waits for nothing: a generator returns only once what it waits for has come. */
function letGo(body: AsyncIterable<Uint8Array>, chunks: AsyncIterator<Uint8Array>): void {
  if (body instanceof Readable) body.on('error', () => {}).destroy()
  else chunks.return?.().catch(() => {})
}

function spooled(file: FileHandle, digest: Digest): SpooledFile {
  const read = (first: number, last: number) => readSpan(file, first, Math.min(last, digest.bytes - 1))
  return {
    ...digest,
    read,
    stream: () => Readable.from(parts(read, digest.bytes), { objectMode: false }),
    [Symbol.asyncDispose]: () => file.close(),
  }
}

async function* parts(read: FileBytes['read'], bytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes; at += READ_BYTES) yield await read(at, at + READ_BYTES - 1)
}

async function readSpan(file: FileHandle, first: number, last: number): Promise<Buffer> {
  const span = Buffer.alloc(Math.max(0, last - first + 1))
  let filled = 0
  while (filled < span.length) {
    const { bytesRead } = await file.read(span, filled, span.length - filled, first + filled)
    if (bytesRead === 0) throw new Error('a spooled file is shorter than it was')
    filled += bytesRead
  }
  return span
}
