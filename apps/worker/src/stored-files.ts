import { loggableReason } from '@reelay/db/errors'
import type { MediaStore } from '@reelay/media/store'
import type { Attachment } from '@reelay/upstream/attachment'

export type StoredFiles = ReturnType<typeof createStoredFiles>

/** `what`, as the error of a task calls it, couldn't be opened; `isGone`: and never will. */
export type FileTrouble = { what: string; isGone: boolean; reason: string }

/** What one request sends along from our own store. Files are opened before anything is sent: `trouble` says why one wasn’t. */
export function createStoredFiles(store: Pick<MediaStore, 'open'>) {
  let trouble: FileTrouble | undefined

  return {
    attach(what: string, key: string, { type, bytes, name }: Omit<Attachment, 'open'>): Attachment {
      return {
        ...{ type, bytes, name },
        async open() {
          const body = await store.open(key).catch((error: unknown) => {
            trouble = { what, isGone: false, reason: loggableReason(error) }
            throw error
          })
          if (body) return body
          trouble = { what, isGone: true, reason: `${what} is no longer in our store` }
          throw new Error(trouble.reason)
        },
      }
    },

    trouble: () => trouble,
  }
}
