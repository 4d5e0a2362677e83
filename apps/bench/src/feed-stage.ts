import { createHmac, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { openDatabase } from '@reelay/db/client'
import { migrate } from '@reelay/db/migrate'
import { startPostgres, startRedis } from '@reelay/local-services/stores/services'
import { sql } from 'drizzle-orm'
import { createFeedProcesses } from './feed-processes.ts'

export type Stage = Awaited<ReturnType<typeof openStage>>
export type Listener = { userId: string; token: string }

/** Stores, users and processes of the feed's bench. */
export async function openStage(dir: string) {
  const [postgres, redis] = await Promise.all([startPostgres({ dir, fsync: false }), startRedis({ dir })])
  await migrate(postgres.url)
  const database = openDatabase(postgres.url, { max: 2 })
  const secret = randomBytes(32).toString('hex')
  const apiEnv = {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    REDIS_PREFIX: 'bench',
    JWT_SECRET: secret,
    SORA_BASE_URL: 'http://127.0.0.1:9/v1',
    SORA_API_KEY: 'sk-bench',
    LOG_LEVEL: 'warn',
    RATE_LIMIT_PER_MINUTE: '1000000',
  }
  const { stop, ...processes } = createFeedProcesses({ log: join(dir, 'feed.log'), apiEnv })

  return {
    ...processes,
    redisUrl: redis.url,
    prefix: apiEnv.REDIS_PREFIX,

    async listeners(count: number): Promise<Listener[]> {
      const ids = Array.from({ length: count }, () => crypto.randomUUID())
      await database.db.execute(sql`
        insert into users (id, username, email, password_hash)
        select id::uuid, id, id || '@example.org', 'none' from json_array_elements_text(${JSON.stringify(ids)}) id`)
      return ids.map((userId) => ({ userId, token: tokenOf(userId, secret) }))
    },

    async [Symbol.asyncDispose]() {
      await stop()
      await database.close()
      await Promise.all([postgres.stop(), redis.stop()])
    },
  }
}

function tokenOf(sub: string, secret: string): string {
  const iat = Math.floor(Date.now() / 1000)
  const claims = { sub, username: sub, role: 'USER', iss: 'reelay', aud: 'reelay-api', iat, exp: iat + 3600 }
  const text = [{ alg: 'HS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}
