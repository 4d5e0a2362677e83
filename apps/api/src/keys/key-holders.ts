import type { ApiKeys, KeyHolder } from '@reelay/db/api-keys'
import { loggableReason } from '@reelay/db/errors'
import DataLoader from 'dataloader'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { hashOf, isSecretKey } from './secret-key.ts'

export type KeyHolders = ReturnType<typeof createKeyHolders>

/** A key that was revoked is good for so long yet. */
const REMEMBERED_MS = 3000
const MOST_REMEMBERED = 10_000
const NOTED_EVERY_MS = 60_000

/** Who has a key. Looked up once for all requests of a few seconds, and those of one turn of the event loop together. */
export function createKeyHolders(
  apiKeys: Pick<ApiKeys, 'findHolders' | 'noteUse'>,
  log: Pick<Logger, 'warn'>,
) {
  const holders = new DataLoader<string, KeyHolder | undefined>(
    async (hashes) => {
      const found = await apiKeys.findHolders([...hashes])
      return hashes.map((hash) => found.get(hash))
    },
    { cacheMap: new LRUCache({ max: MOST_REMEMBERED, ttl: REMEMBERED_MS }), batchScheduleFn: setImmediate },
  )
  const noted = new LRUCache<string, true>({ max: MOST_REMEMBERED, ttl: NOTED_EVERY_MS })

  return {
    /** Undefined for what is no key, or none that is good now. Rejects while Postgres is away. */
    async find(key: string): Promise<KeyHolder | undefined> {
      if (!isSecretKey(key)) return undefined
      const holder = await holders.load(hashOf(key)).catch((error) => {
        holders.clear(hashOf(key))
        throw error
      })
      if (!holder || isOver(holder)) return undefined
      if (!noted.has(holder.id)) noteUse(holder.id)
      return holder
    },
  }

  function noteUse(id: string): void {
    noted.set(id, true)
    apiKeys
      .noteUse([id])
      .catch((error) => log.warn({ reason: loggableReason(error) }, 'use of a key not noted'))
  }
}

function isOver({ expiresAt }: KeyHolder): boolean {
  return expiresAt !== null && expiresAt.getTime() <= Date.now()
}
