import type { IncomingMessage } from 'node:http'
import { problems } from '@reelay/contracts/problems'
import type { FastifyInstance } from 'fastify'
import { invalid } from './errors.ts'

/**
 * Headers that say one thing. Given twice Node joins some of them into a value that nobody sent, such as the key
 * `k1, k1`, and of others keeps the first alone. Lists (Prefer, Accept-Language, If-None-Match, X-Forwarded-For)
 * may have as many lines as they like.
 */
const singles = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'idempotency-key',
  'if-range',
  'last-event-id',
  'origin',
  'range',
  'sec-fetch-site',
  'x-stainless-retry-count',
])

/** Hook: refuses a request that says two different things. The same thing said twice is said once. */
export function installSingleHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw }) => {
    checkHeaders(raw)
    checkQuery(raw.url ?? '')
    forgetTypeOfNothing(raw)
  })
}

function checkHeaders({ rawHeaders, headers }: IncomingMessage): void {
  const seen = new Map<string, string>()
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const written = rawHeaders[i] ?? ''
    const value = rawHeaders[i + 1] ?? ''
    const name = written.toLowerCase()
    if (!singles.has(name)) continue
    const earlier = seen.get(name)
    seen.set(name, value)
    if (earlier === undefined) continue
    // Two hosts are an error in HTTP itself, even of one name.
    if (earlier !== value || name === 'host') throw invalid(written, problems.givenTwice)
    headers[name] = value
  }
}

/** The parser of queries keeps what it can't decode as it is. */
function checkQuery(url: string): void {
  const start = url.indexOf('?')
  if (start === -1 || !/[%\x80-\xff]/.test(url)) return
  for (const pair of url.slice(start + 1).split('&')) {
    if (!isEncodedText(pair)) throw invalid(pair.split('=')[0]?.slice(0, 100) || 'query', problems.utf8)
  }
}

export function isEncodedText(text: string): boolean {
  try {
    decodeURIComponent(text)
    return !/[\x80-\xff]/.test(text)
  } catch {
    return false
  }
}

const TYPE = /^\s*[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(;|$)/

/**
 * Clients that always name a type send it without a body, too. Of chunks only their end tells: what is no type is read
 * as one that takes nothing but nothing.
 */
function forgetTypeOfNothing({ headers }: IncomingMessage): void {
  const { 'content-length': length = '0', 'content-type': type } = headers
  if (headers['transfer-encoding'] === undefined && Number(length) === 0) delete headers['content-type']
  else if (type !== undefined && !TYPE.test(type)) headers['content-type'] = 'application/octet-stream'
}
