import type { IncomingHttpHeaders } from 'node:http'
import { problems } from '@reelay/contracts/problems'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ApiError, invalid, unsupported, utf8 } from './errors.ts'
import { cutLongText, textOf } from './long-text.ts'
import { BODY_LIMIT } from './request-deadline.ts'

const MAX_DEPTH = 32

/** Reads bodies of JSON, and those of nothing whatever their type. */
export function installBodyParsers(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    const { rest, fill } = bytes.length > BODY_LIMIT ? withoutFile(request, bytes) : { rest: bytes }
    const text = rest.length === 0 ? '' : readable(request.headers, rest)
    if (text.trim() === '') return done(null, undefined)
    checkStructure(text)
    void parse(request, text, (error, body) => (error || !fill ? done(error, body) : fill(body, done)))
  })
  app.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (_, bytes, done) => {
    done(bytes.length === 0 ? null : unsupported('Content-Type', problems.jsonType), undefined)
  })
}

/** Only what a route takes as a file may be longer, and that is not taken apart. */
function withoutFile({ routeOptions: { config } }: FastifyRequest, bytes: Buffer) {
  const { fileField, fileText } = config
  const cut = fileField === undefined ? undefined : cutLongText(bytes, BODY_LIMIT)
  if (fileField === undefined || !cut) throw new ApiError('payload_too_large')
  const fill = (body: unknown, done: (error: Error | null, body?: unknown) => void) => {
    const holder = fileText === undefined ? body : fieldOf(body, fileField)
    const name = fileText ?? fileField
    if (!isRecord(holder) || holder[name] !== cut.mark) return done(new ApiError('payload_too_large'))
    const text = textOf(cut.text)
    if (text === undefined) return done(invalid('body', problems.wellFormed))
    holder[name] = text
    done(null, body)
  }
  return { rest: cut.rest, fill }
}

function fieldOf(body: unknown, name: string): unknown {
  return isRecord(body) ? body[name] : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

export function readable(headers: IncomingHttpHeaders, bytes: Uint8Array): string {
  checkCoding(headers)
  return utf8('body', bytes)
}

const utf8Names = ['utf-8', 'utf8', 'us-ascii', 'ascii']

/** Refuses a body that is packed or in another charset: it would be taken for something else. */
export function checkCoding(headers: IncomingHttpHeaders): void {
  const coding = headers['content-encoding']
  if (coding !== undefined && !/^(identity)?$/i.test(coding))
    throw unsupported('Content-Encoding', { en: 'must be identity', zh: '必须是 identity（不支持压缩）' })
  for (const [, charset = ''] of (headers['content-type'] ?? '').matchAll(
    /;\s*charset\s*=\s*"?([^\s;"]*)/gi,
  )) {
    if (utf8Names.includes(charset.toLowerCase())) continue
    const name = charset.replace(/[^\w.:-]/g, '').slice(0, 40)
    throw unsupported('Content-Type', {
      en: `charset must be utf-8, not ${name}`,
      zh: `charset 必须是 utf-8，而不是 ${name}`,
    })
  }
}

/** Refuses what JSON.parse lets pass: nesting that ends the stack of whatever walks it, and a name given twice. */
export function checkStructure(json: string): void {
  const open: { names: Set<string> | undefined; name: string }[] = []
  for (const [token] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"\s*:?|["{}[\]]/g)) {
    if (token === '}' || token === ']') open.pop()
    else if (token === '{' || token === '[') {
      if (open.length === MAX_DEPTH) throw invalid('body', problems.tooDeep(MAX_DEPTH))
      open.push({ names: token === '{' ? new Set() : undefined, name: '' })
    } else if (token.endsWith(':') || token === '"') {
      const inner = open.at(-1)
      const name = nameOf(token)
      // No JSON: its parser will say so.
      if (!inner?.names || name === undefined) return
      inner.name = name
      if (inner.names.has(name)) throw invalid(pathOf(open), problems.givenTwice)
      if (name === '__proto__') throw invalid('body', problems.wellFormed)
      inner.names.add(name)
    }
  }
}

function nameOf(token: string): string | undefined {
  try {
    return JSON.parse(token.slice(0, -1)) as string
  } catch {
    return undefined
  }
}

function pathOf(open: { name: string }[]): string {
  return open
    .map(({ name }) => name)
    .filter(Boolean)
    .join('.')
}
