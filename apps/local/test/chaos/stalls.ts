import { Redis } from 'ioredis'
import type { World } from './world.ts'

/** How many of the poll jobs that are there BullMQ ever took for stalled. */
export async function stallsOf({ stores }: World): Promise<number> {
  const redis = new Redis(stores.redis.url)
  const keys = await redis.keys('{reelay}:poll:video_*')
  const counts = await Promise.all(keys.map((key) => redis.hget(key, 'stc').catch(() => null)))
  redis.disconnect()
  return counts.filter((count) => Number(count) > 0).length
}
