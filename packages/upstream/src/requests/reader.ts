import pLimit from 'p-limit'
import { Pool } from 'undici'
import { type Answer, answerOf } from '../answer/answer.ts'
import { MAX_HEADER_BYTES, readBody } from '../answer/read-body.ts'
import { CONNECT_TIMEOUT_MS, type Endpoint } from '../endpoint.ts'

/**
 * Longer answers, which may hold a clip, are read so many at a time and each at 10 MB/s: some never end, and would
 * leave neither this process nor upstream time for others.
 */
const LONG_AT_ONCE = 2
const LONG_BYTES_PER_MS = 10_000

export function openReader({ base, prefix, headers, ...options }: Endpoint, keepBytes: number) {
  const pace = { inTurn: pLimit(LONG_AT_ONCE), bytesPerMs: LONG_BYTES_PER_MS }
  const pool = new Pool(base.origin, {
    allowH2: false,
    connections: 128,
    pipelining: 1,
    connectTimeout: CONNECT_TIMEOUT_MS,
    headersTimeout: options.pollTimeoutMs,
    bodyTimeout: options.pollTimeoutMs,
    maxHeaderSize: MAX_HEADER_BYTES,
  })
  return {
    async read(path: string, signal = AbortSignal.timeout(options.pollTimeoutMs)): Promise<Answer> {
      const response = await pool.request({ method: 'GET', path: `${prefix}${path}`, headers, signal })
      const { text, error } = await readBody(response.body, response.headers, { keepBytes, pace })
      return { ...answerOf(response, text), bodyError: error, isEmpty: text.trim() === '' }
    },
    close: () => pool.destroy(),
  }
}
