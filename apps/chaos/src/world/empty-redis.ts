import { Redis } from 'ioredis'
import type { World } from './world.ts'

export async function flushRedis({ stores }: World): Promise<void> {
  const redis = new Redis(stores.redis.url)
  await redis.flushall()
  redis.disconnect()
}

export async function restartRedisEmpty({ stores }: World): Promise<void> {
  await stores.redis.crash()
  stores.forgetRedis()
  await stores.redis.start()
}
