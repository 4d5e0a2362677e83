import type { Readable } from 'node:stream'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { LRUCache } from 'lru-cache'
import { drop } from './peek.ts'
import type { FoundClip } from './source.ts'

export type Length = { total?: number | undefined; atLeast: number }

export type Lengths = ReturnType<typeof createLengths>

const MOST_BYTES = 64 * 1024 * 1024
const MOST_MS = 5000
const REMEMBERED_MS = 10 * 60_000
const RETRIED_AFTER_MS = 60_000

export function createLengths() {
  const known = new LRUCache<string, Length>({ max: 1000, ttl: REMEMBERED_MS })

  return {
    of: (id: ExternalTaskId, clip: FoundClip) => known.get(nameOf(id, clip)),

    async learn(id: ExternalTaskId, clip: FoundClip, signal: AbortSignal): Promise<Length> {
      const { total } = clip.span
      const length = total ? { total, atLeast: total } : await count(clip.body)
      drop(clip.body)
      const ttl = length.total ? REMEMBERED_MS : RETRIED_AFTER_MS
      if (!signal.aborted) known.set(nameOf(id, clip), length, { ttl })
      return length
    },
  }
}

/** Signatures change, and are no part of the name. */
function nameOf(id: ExternalTaskId, { from, etag }: FoundClip): string {
  return `${id} ${from.url.origin}${from.url.pathname} ${etag ?? ''}`
}

async function count(body: Readable): Promise<Length> {
  const timer = setTimeout(() => drop(body), MOST_MS)
  let bytes = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > MOST_BYTES) return { atLeast: bytes }
    }
    return { total: bytes, atLeast: bytes }
  } catch {
    return { atLeast: bytes }
  } finally {
    clearTimeout(timer)
  }
}
