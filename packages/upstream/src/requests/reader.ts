import pLimit from 'p-limit'
import { Pool } from 'undici'
import { type Answer, answerOf } from '../answer/answer.ts'
import { MAX_HEADER_BYTES, readBody, readWhole } from '../answer/read-body.ts'
import { CONNECT_TIMEOUT_MS, type Endpoint } from '../endpoint.ts'
import { get } from './get.ts'

/**
 * Longer answers, which may hold a clip, are read so many at a time and each at 10 MB/s: some never end, and would
 * leave neither this process nor upstream time for others.
 */
const LONG_AT_ONCE = 2
/** One for each answer that is slow, and some for the others. */
const MOST_CONNECTIONS = 1024
const LONG_BYTES_PER_MS = 10_000

export function openReader({ base, prefix, headers, ...options }: Endpoint, keepBytes: number) {
  const pace = { inTurn: pLimit(LONG_AT_ONCE), bytesPerMs: LONG_BYTES_PER_MS }
  const pool = new Pool(base.origin, {
    allowH2: false,
    connections: MOST_CONNECTIONS,
    pipelining: 1,
    connectTimeout: CONNECT_TIMEOUT_MS,
    headersTimeout: options.pollTimeoutMs,
    bodyTimeout: options.pollTimeoutMs,
    maxHeaderSize: MAX_HEADER_BYTES,
  })
  return {
    async read(path: string, signal?: AbortSignal): Promise<Answer> {
      const got = await get(pool, {
        ...{ path: `${prefix}${path}`, headers, signal },
        withinMs: options.pollTimeoutMs,
      })
      const { text, error } =
        'stream' in got
          ? await readBody(got.stream, got.headers, { keepBytes, pace })
          : await readWhole(got.whole, got.headers, { keepBytes, error: got.error })
      return { ...answerOf(got, text), bodyError: error, isEmpty: text.trim() === '' }
    },
    close: () => pool.destroy(),
  }
}
