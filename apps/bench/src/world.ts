import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createTestDatabase } from '@reelay/db/test-database'
import type { LocalServices } from '@reelay/local-services/stores/services'
import { keyPrefix } from '@reelay/queue/queues'
import { Redis } from 'ioredis'
import type { Bench } from './figure.ts'
import { createProcesses, type Running } from './processes.ts'
import type { Held, Measured } from './upstream.ts'

export type World = Awaited<ReturnType<typeof startWorld>>
export type WorldBench = Bench<World>

export type WorldOptions = {
  services: LocalServices
  dir: string
  env: Record<string, string | undefined>
}

/** A database, a key prefix and an upstream of one bench's own, and the processes that it starts. */
export async function startWorld({ services, dir, env }: WorldOptions) {
  const database = await createTestDatabase({ server: services.databaseUrl })
  const redis = new Redis(services.redisUrl)
  const prefix = `bench-${randomBytes(4).toString('hex')}`
  const mediaDir = join(dir, 'media')
  const shared = {
    ...env,
    DATABASE_URL: database.url,
    REDIS_URL: services.redisUrl,
    REDIS_PREFIX: prefix,
    SORA_API_KEY: 'sk-bench',
    JWT_SECRET: randomBytes(32).toString('hex'),
    RATE_LIMIT_PER_MINUTE: '0',
    MEDIA_DIR: mediaDir,
  }
  const launch = (baseUrl: string) =>
    createProcesses({ logs: join(dir, 'logs'), env: { ...shared, SORA_BASE_URL: baseUrl } })
  const upstreams = launch('')
  const upstream: Running = await upstreams.bare('upstream')
  const processes = launch(`${upstream.origin}/v1`)

  return {
    services,
    mediaDir,
    databaseUrl: database.url,
    redisUrl: services.redisUrl,
    db: database.db,
    redis,
    /** Postgres and Redis, where they were started here. */
    storePids: [services.postgres?.pid, services.redis?.pid].filter((pid) => pid !== undefined),
    prefix,
    barePrefix: keyPrefix(`${prefix}-bare`),
    upstream,
    processes,

    /** Which videos upstream has. */
    async hold({ count, since, until }: Held): Promise<void> {
      await fetch(`${upstream.origin}/hold?count=${count}&since=${since}&until=${until}`)
    },

    /** What upstream saw since this was last asked. */
    async measured(): Promise<Measured> {
      return (await fetch(`${upstream.origin}/measured`)).json() as Promise<Measured>
    },

    async [Symbol.asyncDispose]() {
      await Promise.all([processes.stop(), upstreams.stop()])
      await removeKeys(redis, `*${prefix}*`)
      redis.disconnect()
      await database.drop()
    },
  }
}

async function removeKeys(redis: Redis, match: string): Promise<void> {
  for await (const keys of redis.scanStream({ match, count: 1000 })) {
    if (keys.length > 0) await redis.unlink(...keys)
  }
}
