import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isTerminal, type TaskStatus } from '@reelay/contracts/lifecycle'
import type { VideoId } from '@reelay/contracts/task'
import { videoTasks } from '@reelay/db/schema'
import { inArray } from 'drizzle-orm'
import { Redis } from 'ioredis'
import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import type { Wish } from '../load/wishes.ts'
import { createTimes } from '../measure/times.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'
import { quick } from '../world/timers.ts'

const ENDED_WITHIN_MS = Number(quick.SWEEP_INTERVAL_MS) + Number(quick.POLL_INTERVAL_MS) + 5000
const patience = { withinMs: 30_000, what: 'five tasks before a restart with older data' }

export const redisLost: Scenario = {
  name: 'redis-lost',
  about: 'FLUSHALL, a restart that comes back empty, one with older data, an outage, a freeze',
  async run({ isShort, random, openWorld }) {
    await using world = await openWorld({ apis: 2, workers: 2 })
    const { stores } = world
    const load = await startLoad(world)
    const times = createTimes(world, { isShort })
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
      /** As after a failover to a replica that had heard neither of the latest jobs nor that others had ended. */
      async restartOlder() {
        const folder = join(world.dir, 'redis/appendonlydir')
        const older = join(world.dir, 'redis-older')
        const finished = await load.submitMany(5)
        await until(() => areAll(finished, (status) => status !== 'QUEUED'), patience)
        cpSync(folder, older, { recursive: true })
        await until(() => areAll(finished, isTerminal), patience)
        const unheard = await load.submitMany(20)
        await stores.redis.crash()
        stores.forgetRedis()
        cpSync(older, folder, { recursive: true })
        await stores.redis.start()
        const haveEnded = () => areAll([...finished, ...unheard], isTerminal)
        await times.until('25 tasks had ended after a restart with older data', ENDED_WITHIN_MS, haveEnded)
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
    const faults = rounds * Object.keys(harms).length
    return { faults, notes: times.notes(), ...(await audit(world, load)) }

    async function areAll(wishes: Wish[], be: (status: TaskStatus) => boolean): Promise<boolean> {
      const ids = wishes.map((wish) => wish.videoId as VideoId)
      const { status, videoId } = videoTasks
      const rows = await world.db.select({ status }).from(videoTasks).where(inArray(videoId, ids))
      return rows.every((row) => be(row.status))
    }
  },
}
