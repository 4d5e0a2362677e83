import type { Readable } from 'node:stream'
import { reasonOf } from '../answer/answer.ts'
import type { Attachment } from '../attachment.ts'

export type FilePart = { file: Attachment; as: 'bytes' | 'base64' }

/** A body in the order of its bytes: texts that we made, and files that are read on the way. */
export type BodyParts = readonly (Uint8Array | FilePart)[]

export type OpenBody = { chunks: AsyncIterable<Uint8Array>; close: () => void }

type OpenFile = { chunks: AsyncIterator<Uint8Array>; first: IteratorResult<Uint8Array>; close: () => void }

export function isFilePart(part: unknown): part is FilePart {
  return typeof part === 'object' && part !== null && 'file' in part
}

export function bytesOf(parts: BodyParts): number {
  return parts.reduce((sum, part) => sum + (isFilePart(part) ? bytesOfFile(part) : part.length), 0)
}

function bytesOfFile({ file, as }: FilePart): number {
  return as === 'bytes' ? file.bytes : 4 * Math.ceil(file.bytes / 3)
}

/**
 * A body whose files are all open and begun: one that is gone is known before anything is sent. Whoever gets it
 * closes it.
 */
export async function openBody(parts: BodyParts): Promise<OpenBody> {
  const files: OpenFile[] = []
  const close = () => {
    for (const file of files) file.close()
  }
  try {
    for (const part of parts) if (isFilePart(part)) files.push(await openFile(part))
  } catch (error) {
    close()
    throw error
  }
  return { chunks: chunksOf(parts, files), close }
}

async function openFile({ file, as }: FilePart): Promise<OpenFile> {
  const stream = await file.open()
  // It may fail or be closed while nobody reads.
  stream.on('error', () => {})
  const bytes = exactly(file.bytes, stream)
  const chunks = as === 'bytes' ? bytes : base64Of(bytes)
  try {
    return { chunks, first: await chunks.next(), close: () => stream.destroy() }
  } catch (error) {
    stream.destroy()
    throw error
  }
}

async function* chunksOf(parts: BodyParts, files: OpenFile[]): AsyncGenerator<Uint8Array> {
  let next = 0
  for (const part of parts) {
    const open = isFilePart(part) ? files[next++] : undefined
    if (!open) yield part as Uint8Array
    else for (let { value, done } = open.first; !done; { value, done } = await open.chunks.next()) yield value
  }
}

/** The length has been promised: one byte more would be the beginning of something else. */
async function* exactly(bytes: number, stream: Readable): AsyncGenerator<Uint8Array> {
  let left = bytes
  try {
    for await (const chunk of stream) {
      left -= chunk.length
      if (left < 0) break
      yield chunk
    }
  } catch (error) {
    throw new Error(`a file can’t be read: ${reasonOf(error)}`, { cause: error })
  }
  if (left !== 0) throw new Error('a file can’t be read: it is not as long as was said')
}

async function* base64Of(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest = Buffer.alloc(0)
  for await (const chunk of bytes) {
    const all = Buffer.concat([rest, chunk])
    const whole = all.length - (all.length % 3)
    // What is left is carried over, since only a last group may be padded.
    rest = all.subarray(whole)
    if (whole > 0) yield Buffer.from(all.toString('base64', 0, whole), 'latin1')
  }
  if (rest.length > 0) yield Buffer.from(rest.toString('base64'), 'latin1')
}
