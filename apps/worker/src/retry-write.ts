import { setTimeout as sleep } from 'node:timers/promises'
import { isUnavailable } from '@reelay/db/errors'

const RETRY_FOR_MS = 60_000

/**
 * Repeats a write while Postgres is away, for a minute: what upstream just told us is known nowhere else.
 * Only for writes that may run twice.
 */
export async function retryWrite<T>(write: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  for (;;) {
    try {
      return await write()
    } catch (error) {
      if (!isUnavailable(error) || performance.now() - startedAt > RETRY_FOR_MS) throw error
      await sleep(250 + Math.random() * 250)
    }
  }
}
