import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { answerOf } from '../answer/answer.ts'
import { type Trouble, trouble } from '../read-outcome.ts'
import { type Part, partOf, readContentRange, readTotal, type Span } from './byte-range.ts'
import { clipType, containerOf, isClip, maybePartOfClip, TELLING_BYTES } from './clip-bytes.ts'
import { codingsOf, decoded } from './content-coding.ts'
import { discard } from './fetch.ts'
import { peek } from './peek.ts'

export type ContentOutcome = { kind: 'there' } | { kind: 'missing' } | Trouble

export type Clip = {
  kind: 'clip'
  span: Span
  type: string
  etag: string | undefined
  lastModified: string | undefined
  body: Readable
}

export type ClipOutcome =
  | Clip
  | { kind: 'unsatisfiable'; total: number }
  | { kind: 'misfit' }
  | { kind: 'missing'; text?: string }
  | Trouble

const NOTHING = { kind: 'missing' } as const
const MAX_TEXT_BYTES = 64 * 1024
const waits = new Set([402, 407, 408, 421, 425, 429])
const empty = new Set([202, 204, 205])

export async function clipOutcome(
  response: Dispatcher.ResponseData,
  range: string | undefined,
): Promise<ClipOutcome> {
  const answer = answerOf(response, '')
  const { status, header } = answer
  response.body.on('error', () => {})
  if (status >= 200 && status < 300 && !empty.has(status) && header('content-length') !== '0') {
    try {
      const found = status === 206 ? await partial(response, range) : await whole(response)
      if (found.kind !== 'clip') discard(response)
      return found
    } catch (error) {
      discard(response)
      throw error
    }
  }
  discard(response)
  if (status === 416 && range !== undefined) {
    const total = readTotal(header('content-range'))
    if (total === 0) return NOTHING
    return total && !partOf(range, total) ? { kind: 'unsatisfiable', total } : { kind: 'misfit' }
  }
  // Servers disagree about which 4xx says that there is nothing, or no such route.
  return waits.has(status) || (status >= 500 && status !== 501) ? trouble(answer, '') : NOTHING
}

function whole(response: Dispatcher.ResponseData): Promise<ClipOutcome> {
  const { header } = answerOf(response, '')
  const length = header('content-length')
  return beginning(response, {
    first: 0,
    total: length && /^\d{1,15}$/.test(length) ? Number(length) : undefined,
  })
}

/** A 206 has what was asked for, at least where that begins; one that nobody asked for may be the whole. */
async function partial(response: Dispatcher.ResponseData, range: string | undefined): Promise<ClipOutcome> {
  const { header } = answerOf(response, '')
  const type = header('content-type')
  const span: (Part & Span) | undefined = readContentRange(header('content-range'))
  const isCoded = codingsOf(header('content-encoding')).length > 0
  if (range === undefined) {
    if (isCoded || !span) return beginning(response, { first: 0 })
    return span.first === 0 ? beginning(response, span) : NOTHING
  }
  if (!span || isCoded) return { kind: 'misfit' }
  const wanted = partOf(range, span.total ?? Number.MAX_SAFE_INTEGER)
  if (!wanted || wanted.first < span.first || wanted.first > span.last) return { kind: 'misfit' }
  if (span.first === 0) return beginning(response, span)
  return maybePartOfClip(type) ? clip(response, span, response.body) : NOTHING
}

async function beginning(response: Dispatcher.ResponseData, span: Span): Promise<ClipOutcome> {
  const { header } = answerOf(response, '')
  const type = header('content-type')
  const codings = codingsOf(header('content-encoding'))
  const raw = await peek(response.body, TELLING_BYTES)
  if (codings.length === 0 || containerOf(raw.head)) return judged(raw, span)

  const plain = await decoded(codings, raw.body)
  return plain ? judged(await peek(plain, TELLING_BYTES), { first: 0 }, true) : NOTHING

  async function judged({ head, body }: Awaited<ReturnType<typeof peek>>, held: Span, wasCoded = false) {
    if (head.length === 0) return NOTHING
    if (isClip(type, head)) return clip(response, held, body, { head, wasCoded })
    return { kind: 'missing', text: await textOf(body) } as const
  }
}

function clip(
  response: Dispatcher.ResponseData,
  span: Span,
  body: Readable,
  { head, wasCoded = false }: { head?: Buffer; wasCoded?: boolean } = {},
): Clip {
  const { header } = answerOf(response, '')
  const etag = tagOf(header('etag'))
  return {
    kind: 'clip',
    span,
    type: clipType(header('content-type'), head),
    // Its bytes are others than those that were tagged, if they mean the same.
    etag: etag && wasCoded ? `W/${etag.replace(/^W\//, '')}` : etag,
    lastModified: header('last-modified'),
    body,
  }
}

function tagOf(etag: string | undefined): string | undefined {
  const match = /^(W\/)?("?)([\x21\x23-\x7e\x80-\xff]+)\2$/.exec(etag?.trim() ?? '')
  return match ? `${match[1] ?? ''}"${match[3]}"` : undefined
}

async function textOf(body: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > MAX_TEXT_BYTES) break
  }
  return Buffer.concat(chunks).toString('utf8')
}
