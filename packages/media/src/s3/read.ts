import { Readable } from 'node:stream'
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3'
import { readingOf } from '../reading.ts'
import { type ByteSpan, StoreError } from '../store.ts'
import { s3Error, silence, unlessMissing } from './errors.ts'
import type { S3Place } from './put.ts'

/** Opens an object or a span of it. The wait for its head and for each of its chunks is limited, its length is not. */
export async function readFromS3(
  reader: S3Client,
  place: S3Place,
  { span, silenceMs }: { span: ByteSpan | undefined; silenceMs: number },
): Promise<Readable | undefined> {
  const Range = span && `bytes=${span.first}-${span.last}`
  const command = new GetObjectCommand({ ...place, ...(Range && { Range }) })
  const head = headWithin(silenceMs, (options) => reader.send(command, options))
  const found = await unlessMissing(unlessPastEnd(head))
  if (!found) return undefined
  if (found === 'past the end') return Readable.from([])

  const body = readingOf(found.Body as Readable, {
    failure: s3Error,
    silence: { ms: silenceMs, error: silence() },
  })
  if (span && !isWithin(span, found)) {
    body.destroy()
    throw new StoreError('S3 sent another part of an object than was asked for')
  }
  return body
}

async function headWithin(
  ms: number,
  send: (options: { abortSignal: AbortSignal }) => Promise<GetObjectCommandOutput>,
): Promise<GetObjectCommandOutput> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), ms)
  try {
    return await send({ abortSignal: late.signal })
  } catch (error) {
    throw late.signal.aborted ? silence() : error
  } finally {
    clearTimeout(timer)
  }
}

async function unlessPastEnd<T>(head: Promise<T>): Promise<T | 'past the end'> {
  return head.catch((error) => {
    if (error.$metadata?.httpStatusCode === 416) return 'past the end'
    throw error
  })
}

function isWithin(span: ByteSpan, { ContentRange = '' }: GetObjectCommandOutput): boolean {
  const [, first, last] = /^bytes (\d+)-(\d+)/.exec(ContentRange) ?? []
  return Number(first) === span.first && Number(last) <= span.last
}
