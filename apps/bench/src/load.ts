import { setTimeout as sleep } from 'node:timers/promises'
import { followTicks, type Polled, untilListed } from './lane-ticks.ts'
import type { Poller, ToPoll } from './pollers.ts'
import { percentile } from './statistics.ts'
import { usageOf } from './usage.ts'
import type { World } from './world.ts'

type Store = 'postgres' | 'redis'

/** A way to poll; `lists`: pages answer, so that upstream sees no look at each task. */
export type Side = {
  start: (world: World, toPoll: ToPoll) => Promise<Poller>
  stores: Store[]
  lists?: boolean
}

/** What a side made of its tasks in flight, and what that took. CPU of a poll in ms; `all` is that of worker and stores. */
export type Load = {
  polls: number
  secondsBetween: number
  requestsPerPoll: number
  /** How much later than an interval after the one before a poll came, or how late a lane ended. */
  lateness: { p50: number; p99: number }
  cpuMs: Record<Store | 'worker' | 'all', number>
  workerShare: number
  workerMiB: number
  redisKiBPerTask: number
}

type Spent = Record<Store | 'worker', number>

/** A poll of each is over, so that there is a time between two. */
const WARM_MS = 9000
const MEASURE_MS = 10_000

/** Polls with one side alone for a while. */
export async function loadOf(world: World, side: Side, toPoll: ToPoll): Promise<Load> {
  const poller = await side.start(world, toPoll)
  await sleep(WARM_MS)
  const isListed = side.lists === true && (await untilListed(world, toPoll))
  const ticks = isListed ? await followTicks(world, toPoll.count) : undefined
  if (ticks) await sleep(toPoll.intervalMs)
  const measured = ticks?.measured ?? (() => lookedAt(world, toPoll))

  const spentBefore = spentBy(world, poller)
  await measured()
  const startedAt = performance.now()
  await sleep(MEASURE_MS)
  const { polls, requests, lateness } = await measured()
  const seconds = (performance.now() - startedAt) / 1000
  const spent = difference(spentBy(world, poller), spentBefore)
  const workerMiB = Math.max(...poller.pids.map((pid) => usageOf(pid).rssMiB))

  await ticks?.close()
  await poller.stop()
  const redisKiBPerTask = (await keyBytes(world)) / toPoll.count / 1024
  await poller.clear()
  const ofPoll = (amount: number) => amount / polls
  return {
    polls: polls / seconds,
    secondsBetween: (toPoll.count / polls) * seconds,
    requestsPerPoll: ofPoll(requests),
    lateness: { p50: percentile(lateness, 0.5), p99: percentile(lateness, 0.99) },
    cpuMs: {
      worker: ofPoll(spent.worker),
      postgres: ofPoll(spent.postgres),
      redis: ofPoll(spent.redis),
      all: ofPoll(side.stores.reduce((sum, store) => sum + spent[store], spent.worker)),
    },
    workerShare: spent.worker / seconds / 10,
    workerMiB,
    redisKiBPerTask,
  }
}

async function lookedAt({ measured }: World, { intervalMs }: ToPoll): Promise<Polled> {
  const { looks, pages, gaps } = await measured()
  return { polls: looks, requests: looks + pages, lateness: gaps.map((gap) => gap - intervalMs) }
}

function spentBy({ services }: World, { pids }: Poller): Spent {
  const cpuOf = (pid: number | undefined) => (pid === undefined ? Number.NaN : usageOf(pid).cpuMs)
  return {
    worker: pids.reduce((sum, pid) => sum + cpuOf(pid), 0),
    postgres: cpuOf(services.postgres?.pid),
    redis: cpuOf(services.redis?.pid),
  }
}

function difference(after: Spent, before: Spent): Spent {
  return {
    worker: after.worker - before.worker,
    postgres: after.postgres - before.postgres,
    redis: after.redis - before.redis,
  }
}

/** What the keys of a world take, without clients and scripts. */
async function keyBytes({ redis, prefix }: World): Promise<number> {
  let bytes = 0
  for await (const keys of redis.scanStream({ match: `*${prefix}*`, count: 1000 })) {
    const sizes = await Promise.all((keys as string[]).map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)))
    bytes += sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
  }
  return bytes
}
