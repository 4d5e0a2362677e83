import { isUtf8 } from 'node:buffer'
import { pipeline, Readable, type Transform } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib'
import { createJsonKeeper } from './json-keeper.ts'

export type BodyText = { text: string; error?: Error | undefined }

type Headers = Record<string, string | string[] | undefined>

export type ReadOptions = {
  keepBytes: number
  /** How an answer of more than 64 KiB is read on: when it is its turn, and no faster. */
  pace?: Pace
}

export type Pace = { inTurn: (read: () => Promise<void>) => Promise<void>; bytesPerMs: number }

export const MAX_HEADER_BYTES = 64 * 1024
const MOST_BYTES = 64 * 1024 * 1024
const MOST_CODINGS = 5
const PEEKED_BYTES = 8
/** Those who wait for their turn hold no more than this. */
export const SHORT_BYTES = 64 * 1024
const LEAST_SLEEP_MS = 5
const unpaced: Pace = { inTurn: (read) => read(), bytesPerMs: Number.POSITIVE_INFINITY }

/**
 * Reads a body of JSON to its end and undoes its codings, asked for or not. Never throws: what came before a cut
 * may be worth money. Holds `keepBytes` of it at most, for which long strings are left out.
 */
export async function readBody(
  body: Readable,
  headers: Headers,
  { keepBytes, pace = unpaced }: ReadOptions,
): Promise<BodyText> {
  const keeper = createJsonKeeper({ keepBytes, mostBytes: MOST_BYTES })
  let error: Error | undefined
  const onCut = (thrown: unknown) => {
    error ??= thrown as Error
  }
  body.on('error', () => {})
  try {
    if (Number(headers['content-length']) > MOST_BYTES) throw new Error('answer too long')
    const { head, rest } = await unpack(body, codingsOf(headers), onCut)
    keeper.add(head)
    let next = await rest.next()
    for (; !next.done && keeper.received() <= SHORT_BYTES; next = await rest.next()) keeper.add(next.value)
    const readOn = async () => {
      const startedAt = performance.now()
      for (let bytes = 0; !next.done; next = await rest.next()) {
        keeper.add(next.value)
        bytes += next.value.length
        const aheadMs = bytes / pace.bytesPerMs - (performance.now() - startedAt)
        if (aheadMs > LEAST_SLEEP_MS) await sleep(aheadMs)
      }
    }
    // In the order in which they came, so that none waits for long after its time is over.
    if (!next.done) await pace.inTurn(readOn)
  } catch (thrown) {
    onCut(thrown)
  } finally {
    body.destroy()
  }
  return { text: decode(keeper.bytes(), headers['content-type']), error }
}

/** The same for a body that has come already; `error` is what cut it. */
export async function readWhole(
  body: Buffer,
  headers: Headers,
  { keepBytes, error }: { keepBytes: number; error?: Error | undefined },
): Promise<BodyText> {
  if (decoderFor(body.subarray(0, PEEKED_BYTES), codingsOf(headers).pop())) {
    const read = await readBody(Readable.from([body]), headers, { keepBytes })
    return { text: read.text, error: error ?? read.error }
  }
  return { text: decode(body, headers['content-type']), error }
}

type Peeked = { head: Buffer; rest: AsyncIterator<Buffer> }
type OnCut = (error: unknown) => void

/** Most answers are not packed, and go through nothing: there are thousands a second. */
async function unpack(packed: AsyncIterable<Buffer>, codings: string[], onCut: OnCut): Promise<Peeked> {
  let peeked = await peek(packed, onCut)
  for (let layers = 0; layers < MOST_CODINGS; layers += 1) {
    const decoder = decoderFor(peeked.head, codings.pop())
    if (!decoder) break
    peeked = await peek(
      pipeline(Readable.from(untilCut(peeked, onCut)), decoder, () => {}),
      onCut,
    )
  }
  return peeked
}

async function peek(source: AsyncIterable<Buffer>, onCut: OnCut): Promise<Peeked> {
  const iterator = source[Symbol.asyncIterator]()
  let head: Buffer = Buffer.alloc(0)
  try {
    while (head.length < PEEKED_BYTES) {
      const next = await iterator.next()
      if (next.done) break
      head = head.length === 0 ? next.value : Buffer.concat([head, next.value])
    }
  } catch (error) {
    onCut(error)
  }
  return { head, rest: iterator }
}

async function* untilCut({ head, rest }: Peeked, onCut: OnCut) {
  yield head
  try {
    yield* { [Symbol.asyncIterator]: () => rest }
  } catch (error) {
    onCut(error)
  }
}

const lenient = { finishFlush: constants.Z_SYNC_FLUSH }
/** Of zstd's window: 8 MB, as RFC 9659 has it. */
const zstdParams = { [constants.ZSTD_d_windowLogMax]: 23 }
const jsonStart = /^(\xef\xbb\xbf)?\s*[{[]\s*["{[\]}]/

/** Some label text as packed, some label nothing: what the bytes themselves tell is believed first. */
function decoderFor(head: Buffer, label: string | undefined): Transform | undefined {
  const start = head.toString('latin1', 0, 64)
  if (start === '' || jsonStart.test(start)) return undefined
  const [first = 0, second = 0] = head
  if (first === 0x1f && second === 0x8b) return createGunzip(lenient)
  if (start.startsWith('\x28\xb5\x2f\xfd')) return createZstdDecompress({ params: zstdParams })
  if ((first & 0x0f) === 8 && (first * 256 + second) % 31 === 0) return createInflate(lenient)
  if (label === 'deflate') return createInflateRaw(lenient)
  if (label === 'br') return createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH })
  return undefined
}

function codingsOf(headers: Headers): string[] {
  const named = String(headers['content-encoding'] ?? '').toLowerCase()
  return named.split(/[\s,]+/).filter((coding) => /^(br|deflate|(x-)?gzip|zstd)$/.test(coding))
}

const utf8 = new TextDecoder()

function decode(bytes: Buffer, contentType: string | string[] | undefined): string {
  const [first, second] = bytes
  if (second === 0 || (first === 0xff && second === 0xfe)) return new TextDecoder('utf-16le').decode(bytes)
  if (first === 0 || (first === 0xfe && second === 0xff)) return new TextDecoder('utf-16be').decode(bytes)
  if (isUtf8(bytes)) return utf8.decode(bytes)
  try {
    return new TextDecoder(/charset="?([\w-]+)/i.exec(String(contentType))?.[1]).decode(bytes)
  } catch {
    return utf8.decode(bytes)
  }
}
