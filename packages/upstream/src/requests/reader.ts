import pLimit from 'p-limit'
import { Pool } from 'undici'
import { type Answer, answerOf } from '../answer/answer.ts'
import { readBody } from '../answer/read-body.ts'
import { CONNECT_TIMEOUT_MS, type Endpoint } from '../endpoint.ts'
import { MAX_HEADER_BYTES } from '../submit/send-once.ts'

/** Longer answers are read so many at a time: some never end, and would leave the process no time for others. */
const LONG_AT_ONCE = 2

export function openReader({ base, prefix, headers, ...options }: Endpoint, keepBytes: number) {
  const inTurn = pLimit(LONG_AT_ONCE)
  const pool = new Pool(base.origin, {
    allowH2: false,
    connections: options.readConnections ?? 128,
    pipelining: 1,
    connectTimeout: CONNECT_TIMEOUT_MS,
    headersTimeout: options.pollTimeoutMs,
    bodyTimeout: options.pollTimeoutMs,
    maxHeaderSize: MAX_HEADER_BYTES,
  })
  return {
    async read(path: string, signal = AbortSignal.timeout(options.pollTimeoutMs)): Promise<Answer> {
      const response = await pool.request({ method: 'GET', path: `${prefix}${path}`, headers, signal })
      const { text, error } = await readBody(response.body, response.headers, { keepBytes, inTurn })
      return { ...answerOf(response, text), bodyError: error, isEmpty: text.trim() === '' }
    },
    close: () => pool.destroy(),
  }
}
