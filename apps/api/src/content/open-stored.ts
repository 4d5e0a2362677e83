import { loggableReason } from '@reelay/db/errors'
import type { StoredFile } from '@reelay/db/schema'
import type { ByteSpan, MediaStore } from '@reelay/media/store'
import { oneRange, partOf } from '@reelay/upstream/content/byte-range'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../http/errors.ts'
import type { Clip } from './clip.ts'
import { isAnother, isKnown, isSame } from './headers.ts'

/** A player asks for one part after the other, each time through the link. */
const ADDRESS_LIFE_S = 600

type Stored = { file: StoredFile; since: Date | null }

/**
 * What a request gets of a clip in our own store. Undefined where the store doesn't have it whole now: then upstream may.
 */
export async function openStored(
  { file, since }: Stored,
  request: FastifyRequest,
  reply: FastifyReply,
  store: MediaStore,
): Promise<Clip | undefined> {
  const { key, bytes } = file
  if (!(await isThere(file, request, store))) return undefined
  const headers: Record<string, string> = {
    'content-type': file.type,
    'accept-ranges': 'bytes',
    etag: `"${file.sha256}"`,
    ...(since && { 'last-modified': since.toUTCString() }),
  }
  const span = spanOf(request, reply, (name) => headers[name], bytes)
  headers['content-length'] = String(span ? span.last + 1 - span.first : bytes)
  if (span) headers['content-range'] = `bytes ${span.first}-${span.last}/${bytes}`
  return {
    status: span ? 206 : 200,
    header: (name) => headers[name],
    async read() {
      const body = await store.open(key, span)
      if (!body) throw new ApiError('content_expired')
      return body
    },
    drop: () => {},
    ...(store.sign && {
      address: (disposition) => sign(store, file, disposition),
    }),
  }
}

async function sign(store: MediaStore, { key, type }: StoredFile, disposition: string): Promise<string> {
  const url = await store.sign?.(key, { type, disposition, expiresInS: ADDRESS_LIFE_S })
  if (!url) throw new ApiError('store_unavailable')
  return url
}

async function isThere(
  { key, bytes }: StoredFile,
  { log }: FastifyRequest,
  store: MediaStore,
): Promise<boolean> {
  try {
    const found = await store.size(key)
    if (found !== bytes) log.error({ bytes, found }, 'stored clip not as it was')
    return found === bytes
  } catch (error) {
    log.warn({ reason: loggableReason(error) }, 'media store unavailable')
    return false
  }
}

/** Throws where the range that is asked for counts, and there are no such bytes. */
function spanOf(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  header: (name: string) => string | undefined,
  bytes: number,
): ByteSpan | undefined {
  const range = oneRange(headers.range)
  if (!range || !isSame(headers['if-range'] as string | undefined, header)) return undefined
  const part = partOf(range, bytes)
  if (part) return part
  if (isAnother(headers, header) || isKnown(headers, header)) return undefined
  reply.header('content-range', `bytes */${bytes}`)
  throw new ApiError('range_not_satisfiable')
}
