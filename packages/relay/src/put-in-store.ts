import { type Digest, type MediaStore, StoreError } from '@reelay/media/store'
import type { Logger } from 'pino'
import { RelayError } from './errors.ts'

export type NewFile = { type: string; stream: () => AsyncIterable<Uint8Array> }

export type PutInStoreDeps = { store: Pick<MediaStore, 'put'>; log: Pick<Logger, 'warn'> }

/** Stores what came with a request, whole or not at all. Throws `store_unavailable` where that can’t be done now. */
export async function putInStore(
  key: string,
  { type, stream }: NewFile,
  { store, log }: PutInStoreDeps,
): Promise<Digest> {
  try {
    return await store.put(key, stream(), { type })
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    log.warn({ reason: error.message }, 'media store unavailable')
    throw new RelayError('store_unavailable')
  }
}
