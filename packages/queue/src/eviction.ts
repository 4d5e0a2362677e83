import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { readEvictionPolicy } from './redis-state.ts'

/** A Redis that throws keys away when it is full, and with them jobs. */
export class EvictingRedisError extends Error {
  code = 'EVICTING_REDIS'
  constructor(policy: string) {
    super(
      `Redis has maxmemory-policy ${policy} and may throw jobs away. Set it to noeviction: ` +
        'maxmemory-policy noeviction in redis.conf, or the parameter of that name at your provider',
    )
  }
}

/**
 * Asks Redis, each time it is reached, whether it keeps every key. Resolves when it was asked for the first
 * time; in production rejects with EvictingRedisError if it doesn't. Later ones, as after a failover, are only
 * logged: a process that works is worth more than one that doesn't start.
 */
export function watchEviction(
  connection: Redis,
  { production, log }: { production: boolean; log: Logger },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let isFirst = true

  const check = async () => {
    const policy = await readEvictionPolicy(connection).catch(() => undefined)
    if (policy === undefined) log.warn('redis does not tell its maxmemory-policy; it must be noeviction')
    if (policy !== undefined && policy !== 'noeviction') {
      const error = new EvictingRedisError(policy)
      if (production && isFirst) return reject(error)
      log[production ? 'error' : 'warn']({ reason: error.message }, 'redis may evict keys')
    }
    isFirst = false
    resolve()
  }
  connection.on('ready', check)
  if (connection.status === 'ready') void check()
  return promise
}
