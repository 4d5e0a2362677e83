import { setTimeout as sleep } from 'node:timers/promises'
import { isStorageFull, isUnavailable } from '@reelay/db/errors'

const RETRY_FOR_MS = 1500

/**
 * An insert whose answer was lost may be there: it is asked for again before the client is told to try
 * again, since a second request without a key would be a second task.
 */
export async function retryInsert<T>(insert: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  for (;;) {
    try {
      return await insert()
    } catch (error) {
      const mayBeThere = isUnavailable(error) && !isStorageFull(error)
      if (!mayBeThere || performance.now() - startedAt > RETRY_FOR_MS) throw error
      await sleep(100)
    }
  }
}
