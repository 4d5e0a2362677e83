import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  type MultipartUpload,
  type S3Client,
} from '@aws-sdk/client-s3'
import { isKey } from '../keys.ts'
import { unlessMissing } from './errors.ts'

export async function abortUploads(client: S3Client, Bucket: string, before: Date): Promise<number> {
  let aborted = 0
  for await (const { Key = '', UploadId, Initiated } of uploadsIn(client, Bucket)) {
    if (!isKey(Key) || !Initiated || Initiated >= before) continue
    // Another process may be as far.
    if (await unlessMissing(client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))))
      aborted++
  }
  return aborted
}

async function* uploadsIn(client: S3Client, Bucket: string): AsyncGenerator<MultipartUpload> {
  let page: ListMultipartUploadsCommandOutput | undefined
  do {
    const from = { KeyMarker: page?.NextKeyMarker, UploadIdMarker: page?.NextUploadIdMarker }
    page = await client.send(new ListMultipartUploadsCommand({ Bucket, ...from }))
    yield* page.Uploads ?? []
  } while (page.IsTruncated && page.NextKeyMarker)
}
