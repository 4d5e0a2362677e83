import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { measure } from '../measured.ts'
import { type Digest, type PutOptions, StoreError } from '../store.ts'
import { s3Error, unlessMissing } from './errors.ts'

export type S3Place = { Bucket: string; Key: string }

const PART_BYTES = 8 * 1024 * 1024
const PARTS_AT_ONCE = 2

/** Uploads a body in parts, of which nothing is left when one fails, and looks whether all of it arrived. */
export async function putToS3(
  client: S3Client,
  place: S3Place,
  body: AsyncIterable<Uint8Array>,
  { type, signal }: PutOptions,
): Promise<Digest> {
  const ending = new AbortController()
  const ends = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal
  const measured = measure(body, ends)
  const upload = new Upload({
    client: endedBy(ends, client, ending),
    params: {
      ...place,
      Body: Readable.from(measured.chunks, { highWaterMark: 1 }),
      ...(type && { ContentType: type }),
    },
    partSize: PART_BYTES,
    queueSize: PARTS_AT_ONCE,
  })
  try {
    const { ETag } = await upload.done()
    const digest = measured.digest()
    await checkSize(client, place, { bytes: digest.bytes, ETag })
    return digest
  } catch (error) {
    signal?.throwIfAborted()
    throw measured.failure() ?? s3Error(ending.signal.reason ?? error)
  } finally {
    measured.leave()
  }
}

/**
 * The client for an upload, which waits for each of its requests and for its body. Here the signal ends requests, and a
 * failed request ends the rest. What cleans up is sent all the same.
 */
function endedBy(abortSignal: AbortSignal, client: S3Client, ending: AbortController): S3Client {
  const send = async (command: Parameters<S3Client['send']>[0]) => {
    if (command instanceof AbortMultipartUploadCommand) return client.send(command)
    try {
      return await client.send(command, { abortSignal })
    } catch (error) {
      ending.abort(error)
      throw error
    }
  }
  return Object.assign(Object.create(client) as S3Client, { send })
}

/** Removes what is too short or too long, unless someone else has replaced it meanwhile. */
async function checkSize(client: S3Client, place: S3Place, put: { bytes: number; ETag: string | undefined }) {
  const found = await unlessMissing(client.send(new HeadObjectCommand(place)))
  if (found?.ContentLength === put.bytes) return
  if (found?.ETag === put.ETag) await client.send(new DeleteObjectCommand(place))
  throw new StoreError('S3 stored fewer or more bytes than it was sent')
}
