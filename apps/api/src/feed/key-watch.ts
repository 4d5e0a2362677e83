import type { ApiKeys } from '@reelay/db/api-keys'
import { loggableReason } from '@reelay/db/errors'
import type { Logger } from 'pino'

export type KeyWatchDeps = { apiKeys: Pick<ApiKeys, 'gone'>; log: Pick<Logger, 'warn'> }

type Streams = { keyIds: () => Set<string>; endThoseOf: (keyId: string) => void }

const EVERY_MS = 2000

/** Ends streams whose API key was revoked. While Postgres is away they stay: nothing is known to be revoked. */
export function watchKeys({ apiKeys, log }: KeyWatchDeps, { keyIds, endThoseOf }: Streams) {
  let timer = setTimeout(look, EVERY_MS)
  let isClosed = false
  return {
    close() {
      isClosed = true
      clearTimeout(timer)
    },
  }

  async function look(): Promise<void> {
    const ids = [...keyIds()]
    try {
      for (const id of ids.length > 0 ? await apiKeys.gone(ids) : []) endThoseOf(id)
    } catch (error) {
      log.warn({ reason: loggableReason(error) }, 'keys of open feeds not looked up')
    }
    if (!isClosed) timer = setTimeout(look, EVERY_MS)
  }
}
