import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type LocalRedis, startRedis } from '@reelay/local-services/stores/redis'
import { Redis } from 'ioredis'
import { audit } from '../audit/audit.ts'
import { areUpToDate } from '../audit/feed-rules.ts'
import { startLoad } from '../load/load.ts'
import { canWork } from '../measure/recovery.ts'
import { createTimes } from '../measure/times.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'
import type { World } from '../world/world.ts'

const RECOVERED_MS = 5000

type Store = { port: number; url: string; stop: () => Promise<void> }

/** What becomes of the old primary, and the last that its connections see of it. */
const harms: Record<string, (world: World, old: Store, newer: Store) => Promise<void>> = {
  'became a replica': (_, old, newer) => tell(old, (redis) => redis.replicaof('127.0.0.1', newer.port)),
  'was cut off': async ({ addresses }) => addresses.redis?.silence(),
  ended: (_, old) => old.stop(),
}

export const redisFailover: Scenario = {
  name: 'redis-failover',
  about:
    'a replica of Redis is promoted and the address moves to it; the old primary follows it, is cut off, or ends',
  isOnDemand: true,
  async run({ isShort, random, openWorld }) {
    await using world = await openWorld({ apis: 2, workers: 2, isMovable: true })
    const load = await startLoad(world, { listenersPerUser: 2 })
    await load.makeSources()
    const times = createTimes(world, { isShort })
    const replicas: LocalRedis[] = []
    await using cleanup = new AsyncDisposableStack()
    cleanup.defer(async () => void (await Promise.all(replicas.map((replica) => replica.stop()))))
    let primary: Store = world.stores.redis
    const rounds = isShort ? 1 : 3
    for (let round = 0; round < rounds; round += 1) {
      for (const [what, harm] of Object.entries(harms)) {
        const replica = await startReplica(primary, join(world.dir, `replica-${replicas.length + 1}`))
        replicas.push(replica)
        const submitting = load.submitMany(isShort ? 10 : 30, '[fault:slow=200]')
        await sleep(random.between(0, 1500))
        await tell(replica, (redis) => redis.replicaof('NO', 'ONE'))
        world.addresses.redis?.moveTo(replica.port)
        const since = performance.now()
        await harm(world, primary, replica)
        await times.until(
          `all worked again though the old primary ${what}`,
          RECOVERED_MS,
          canWork(world, load),
          since,
        )
        await submitting
        const rows = () => world.db.query.videoTasks.findMany()
        await times.until(`each listener was right though it ${what}`, RECOVERED_MS, async () =>
          areUpToDate(await rows(), load.listeners),
        )
        primary = replica
      }
    }
    return { faults: replicas.length, notes: times.notes(), ...(await audit(world, load)) }
  },
}

async function startReplica(primary: Store, dir: string): Promise<LocalRedis> {
  await tell(primary, (redis) => redis.config('SET', 'repl-diskless-sync-delay', '0'))
  const replica = await startRedis({ dir })
  await tell(replica, async (redis) => {
    await redis.replicaof('127.0.0.1', primary.port)
    const isFollowing = async () => (await redis.info('replication')).includes('master_link_status:up')
    await until(isFollowing, { withinMs: 20_000, what: 'a replica follows' })
  })
  return replica
}

async function tell(store: Store, command: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = new Redis(store.url)
  try {
    await command(redis)
  } finally {
    redis.disconnect()
  }
}
