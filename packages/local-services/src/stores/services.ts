import { type LocalPostgres, startPostgres } from './postgres.ts'
import { type LocalRedis, startRedis } from './redis.ts'

export { startPostgres, startRedis }

export interface ServicesOptions {
  dir: string
  only?: 'postgres' | 'redis'
  fsync?: boolean
  onProgress?: (message: string) => void
}

export interface LocalServices {
  databaseUrl: string
  redisUrl: string
  postgres?: LocalPostgres
  redis?: LocalRedis
  stop(): Promise<void>
}

/** Postgres and Redis: those that DATABASE_URL and REDIS_URL name, else private ones. */
export async function startServices({ only, ...options }: ServicesOptions): Promise<LocalServices> {
  const { DATABASE_URL = '', REDIS_URL = '' } = process.env
  const postgresStart = DATABASE_URL || only === 'redis' ? undefined : startPostgres(options)
  const redisStart = REDIS_URL || only === 'postgres' ? undefined : startRedis(options)
  const stop = async () => {
    const starts = await Promise.allSettled([postgresStart, redisStart])
    await Promise.all(starts.map((start) => start.status === 'fulfilled' && start.value?.stop()))
  }
  try {
    const [postgres, redis] = await Promise.all([postgresStart, redisStart])
    return {
      databaseUrl: postgres?.url ?? DATABASE_URL,
      redisUrl: redis?.url ?? REDIS_URL,
      ...(postgres && { postgres }),
      ...(redis && { redis }),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
