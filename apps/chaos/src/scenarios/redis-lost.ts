import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isTerminal, type TaskStatus } from '@reelay/contracts/lifecycle'
import type { VideoId } from '@reelay/contracts/task'
import { videoTasks } from '@reelay/db/schema'
import { inArray } from 'drizzle-orm'
import { audit } from '../audit/audit.ts'
import { type Load, startLoad } from '../load/load.ts'
import type { Wish } from '../load/wishes.ts'
import { createTimes, type Times } from '../measure/times.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'
import { flushRedis, restartRedisEmpty } from '../world/empty-redis.ts'
import { quick } from '../world/timers.ts'
import type { World } from '../world/world.ts'

const ENDED_WITHIN_MS = Number(quick.SWEEP_INTERVAL_MS) + Number(quick.POLL_INTERVAL_MS) + 5000
const patience = { withinMs: 30_000, what: 'five tasks before a restart with older data' }

type Scene = { world: World; load: Load; times: Times; awayMs: number }

const harms: ((scene: Scene) => Promise<void>)[] = [
  ({ world }) => flushRedis(world),
  ({ world }) => restartRedisEmpty(world),
  restartOlder,
  outage,
  freeze,
]

export const redisLost: Scenario = {
  name: 'redis-lost',
  about: 'FLUSHALL, a restart that comes back empty, one with older data, an outage, a freeze',
  async run({ isShort, random, openWorld }) {
    await using world = await openWorld({ apis: 2, workers: 2 })
    const load = await startLoad(world)
    const times = createTimes(world, { isShort })
    const rounds = isShort ? 1 : 6
    for (let round = 0; round < rounds; round += 1) {
      for (const harm of harms) {
        await load.submitMany(isShort ? 8 : 30, '[fault:slow=200]')
        await sleep(random.between(0, 700))
        await harm({ world, load, times, awayMs: isShort ? 2000 : 20_000 })
      }
    }
    return { faults: rounds * harms.length, notes: times.notes(), ...(await audit(world, load)) }
  },
}

/** As after a failover to a replica that had heard neither of the latest jobs nor that others had ended. */
async function restartOlder({ world, load, times }: Scene): Promise<void> {
  const { redis, forgetRedis } = world.stores
  const folder = join(world.dir, 'redis/appendonlydir')
  const older = join(world.dir, 'redis-older')
  const finished = await load.submitMany(5)
  await until(() => areAll(world, finished, (status) => status !== 'QUEUED'), patience)
  cpSync(folder, older, { recursive: true })
  await until(() => areAll(world, finished, isTerminal), patience)
  const unheard = await load.submitMany(20)
  await redis.crash()
  forgetRedis()
  cpSync(older, folder, { recursive: true })
  await redis.start()
  const haveEnded = () => areAll(world, [...finished, ...unheard], isTerminal)
  await times.until('25 tasks had ended after a restart with older data', ENDED_WITHIN_MS, haveEnded)
}

async function outage({ world, load, awayMs }: Scene): Promise<void> {
  const { redis } = world.stores
  await redis.crash()
  const submitting = load.submitMany(10)
  await sleep(awayMs)
  await redis.start()
  await submitting
}

async function freeze({ world, load, awayMs }: Scene): Promise<void> {
  const { redis } = world.stores
  redis.freeze()
  const submitting = load.submitMany(10)
  await sleep(awayMs)
  redis.thaw()
  await submitting
}

async function areAll({ db }: World, wishes: Wish[], be: (status: TaskStatus) => boolean): Promise<boolean> {
  const ids = wishes.map((wish) => wish.videoId as VideoId)
  const { status, videoId } = videoTasks
  const rows = await db.select({ status }).from(videoTasks).where(inArray(videoId, ids))
  return rows.every((row) => be(row.status))
}
