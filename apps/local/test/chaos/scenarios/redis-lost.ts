import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { audit } from '../audit.ts'
import { startLoad } from '../load.ts'
import type { Scenario } from '../scenario.ts'

export const redisLost: Scenario = {
  name: 'redis-lost',
  about: 'FLUSHALL, a restart that comes back empty, one with older data, an outage, a freeze',
  async run({ isShort, random, openWorld }) {
    await using world = await openWorld({ apis: 2, workers: 2 })
    const { stores } = world
    const load = await startLoad(world)
    const awayMs = isShort ? 2000 : 20_000

    const harms = {
      async flush() {
        const redis = new Redis(stores.redis.url)
        await redis.flushall()
        redis.disconnect()
      },
      async restartEmpty() {
        await stores.redis.crash()
        stores.forgetRedis()
        await stores.redis.start()
      },
      /** As after a failover to a replica that had not heard of the latest jobs. */
      async restartOlder() {
        const folder = join(world.dir, 'redis/appendonlydir')
        const older = join(world.dir, 'redis-older')
        cpSync(folder, older, { recursive: true })
        await load.submitMany(20)
        await stores.redis.crash()
        stores.forgetRedis()
        cpSync(older, folder, { recursive: true })
        await stores.redis.start()
      },
      async outage() {
        await stores.redis.crash()
        const submitting = load.submitMany(10)
        await sleep(awayMs)
        await stores.redis.start()
        await submitting
      },
      async freeze() {
        stores.redis.freeze()
        const submitting = load.submitMany(10)
        await sleep(awayMs)
        stores.redis.thaw()
        await submitting
      },
    }
    const rounds = isShort ? 1 : 6
    for (let round = 0; round < rounds; round += 1) {
      for (const harm of Object.values(harms)) {
        await load.submitMany(isShort ? 8 : 30, '[fault:slow=200]')
        await sleep(random.between(0, 700))
        await harm()
      }
    }
    return { faults: rounds * Object.keys(harms).length, ...(await audit(world, load)) }
  },
}
