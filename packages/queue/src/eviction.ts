import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { readEvictionPolicy } from './redis-state.ts'

export class EvictingRedisError extends Error {
  code = 'EVICTING_REDIS'
  constructor(policy: string) {
    super(
      `Redis has maxmemory-policy ${policy} and may throw jobs away. Set it to noeviction: ` +
        'maxmemory-policy noeviction in redis.conf, or the parameter of that name at your provider',
    )
  }
}

/** A Redis without the database that REDIS_URL names. The driver goes on in the first one, which may be somebody else's. */
export class MissingDatabaseError extends Error {
  code = 'MISSING_REDIS_DATABASE'
  constructor(database: number, cause: Error) {
    super(`REDIS_URL: this Redis has no database ${database} (${cause.message}); most have 0 to 15`, {
      cause,
    })
  }
}

/**
 * Asks Redis, each time it is reached, whether it keeps every key. Resolves when it was asked for the first
 * time; rejects with MissingDatabaseError, and in production with EvictingRedisError. Later ones, as after a failover,
 * are only logged: a process that works is worth more than one that doesn't start.
 */
export function watchEviction(
  connection: Redis,
  { production, log }: { production: boolean; log: Logger },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let isFirst = true

  const check = async () => {
    const missing = await missingDatabase(connection)
    if (missing && isFirst) return reject(missing)
    if (missing) log.error({ reason: missing.message }, 'redis database missing')
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

async function missingDatabase(connection: Redis): Promise<MissingDatabaseError | undefined> {
  const { db = 0 } = connection.options
  if (db === 0) return undefined
  const refusal = await connection.select(db).then(
    () => undefined,
    (error: Error) => error,
  )
  return refusal?.message.startsWith('ERR') ? new MissingDatabaseError(db, refusal) : undefined
}
