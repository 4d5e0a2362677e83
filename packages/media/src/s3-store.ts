import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { checkByWriting } from './check.ts'
import { checkKey, isKey } from './keys.ts'
import { createClients } from './s3/clients.ts'
import { s3Error, unlessMissing } from './s3/errors.ts'
import type { S3Options } from './s3/options.ts'
import { putToS3 } from './s3/put.ts'
import { readFromS3 } from './s3/read.ts'
import { abortUploads } from './s3/unfinished.ts'
import type { MediaStore } from './store.ts'

/** Keeps objects in a bucket of S3, or of what speaks like it. */
export function openS3Store(options: S3Options): MediaStore {
  const { bucket } = options
  const { client, reader, silenceMs } = createClients(options)
  const placeOf = (key: string) => {
    checkKey(key)
    return { Bucket: bucket, Key: key }
  }

  const store: MediaStore = {
    put: async (key, body, put = {}) => putToS3(client, placeOf(key), body, put),

    async size(key) {
      const found = await toldByStore(unlessMissing(client.send(new HeadObjectCommand(placeOf(key)))))
      return found?.ContentLength
    },

    open: async (key, span) => toldByStore(readFromS3(reader, placeOf(key), { span, silenceMs })),

    async remove(key) {
      await toldByStore(unlessMissing(client.send(new DeleteObjectCommand(placeOf(key)))))
    },

    async *list(prefix) {
      const pages = paginateListObjectsV2(
        { client, stopOnSameToken: true },
        { Bucket: bucket, ...(prefix && { Prefix: prefix }) },
      )
      try {
        for await (const { Contents = [] } of pages) {
          for (const { Key, Size, LastModified } of Contents) {
            if (Key === undefined || !isKey(Key)) continue
            yield { key: Key, bytes: Size ?? 0, modifiedAt: LastModified ?? new Date(0) }
          }
        }
      } catch (error) {
        throw s3Error(error)
      }
    },

    removeUnfinished: (before) => toldByStore(abortUploads(client, bucket, before)),

    async sign(key, { type, disposition, expiresInS }) {
      const answer = { ResponseContentType: type, ResponseContentDisposition: disposition }
      return getSignedUrl(client, new GetObjectCommand({ ...placeOf(key), ...answer }), {
        expiresIn: expiresInS,
      })
    },

    check: () => checkByWriting(store),

    close() {
      client.destroy()
      reader.destroy()
    },
  }
  return store
}

function toldByStore<T>(work: Promise<T>): Promise<T> {
  return work.catch((error) => {
    throw s3Error(error)
  })
}
