import { setTimeout as sleep } from 'node:timers/promises'
import { videoTasks } from '@reelay/db/schema'
import { audit } from '../audit/audit.ts'
import { areUpToDate } from '../audit/feed-rules.ts'
import { type Load, startLoad } from '../load/load.ts'
import { allHaveJobs } from '../measure/jobs.ts'
import { lateAtP99, pollGaps } from '../measure/poll-gaps.ts'
import { createTimes, type Times } from '../measure/times.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'
import { flushRedis, restartRedisEmpty } from '../world/empty-redis.ts'
import { production } from '../world/timers.ts'
import type { World } from '../world/world.ts'

/** What nobody sets here, as the configuration has it. */
const POLL_INTERVAL_MS = 5000
const SWEEP_INTERVAL_MS = 10_000
const AT_ONCE = 50

const forms = {
  long: { tasks: 1000, users: 10, renderMs: 240_000, awayMs: [20_000, 120_000] },
  short: { tasks: 50, users: 2, renderMs: 60_000, awayMs: [3000] },
}
const emptied = { FLUSHALL: flushRedis, 'a restart without data': restartRedisEmpty }

type Scene = { world: World; load: Load; times: Times }

/** What `redis-lost` does, to many tasks and with the timers that operators get. */
export const redisAway: Scenario = {
  name: 'redis-away',
  about: '1 000 tasks in flight when Redis is emptied, comes back empty, and is away for 20 s and for 120 s',
  isOnDemand: true,
  async run({ isShort, openWorld }) {
    const form = isShort ? forms.short : forms.long
    const timers = { ...production, SIMULATOR_RENDER_MS: String(form.renderMs) }
    await using world = await openWorld({ apis: 2, workers: 2, timers })
    const load = await startLoad(world, { users: form.users, listenersPerUser: 2 })
    const times = createTimes(world, { isShort })
    for (let sent = 0; sent < form.tasks; sent += AT_ONCE) await load.submitMany(AT_ONCE)
    const inFlight = async () => (await rowsOf(world)).every(({ status }) => status === 'PROCESSING')
    await until(inFlight, { withinMs: 60_000, what: 'all are in flight' })
    await world.admin('script', { queuedMs: 0, renderMs: 10_000 })

    for (const [how, empty] of Object.entries(emptied)) {
      await empty(world)
      await workGoesOn({ world, load, times }, how)
    }
    for (const awayMs of form.awayMs) await takeRedisAway({ world, load, times }, awayMs)
    const faults = Object.keys(emptied).length + form.awayMs.length
    return { faults, notes: times.notes(), ...(await audit(world, load, { endWithinMs: 2 * form.renderMs })) }
  },
}

async function workGoesOn({ world, times }: Scene, how: string): Promise<void> {
  await times.until(`all had jobs after ${how}`, SWEEP_INTERVAL_MS + 5000, allHaveJobs(world))
  await sleep(2 * POLL_INTERVAL_MS)
  const from = Date.now()
  await sleep(2 * POLL_INTERVAL_MS)
  times.note(`polls were late at p99 after ${how}`, 500, await latenessSince(world, from))
}

async function takeRedisAway({ world, load, times }: Scene, awayMs: number): Promise<void> {
  const { redis } = world.stores
  await redis.crash()
  const wishes = await load.submitMany(AT_ONCE)
  await sleep(awayMs)
  await redis.start()
  const [at, since] = [Date.now(), performance.now()]
  const present = await rowsOf(world)
  const hasWorked = async () => (await requestsSince(world, at)) > 0
  await Promise.all([
    times.until('a worker took jobs again', 3000, hasWorked, since),
    times.until('each listener was right', 5000, () => areUpToDate(present, load.listeners), since),
  ])
  const refused = wishes.filter(({ sends }) => sends > 1).length
  world.expect(refused === 0, `${refused} requests were refused while Redis was away`)
}

function rowsOf({ db }: World) {
  return db.select().from(videoTasks)
}

async function requestsSince({ admin }: World, at: number): Promise<number> {
  const seen = await admin<{ at: number }[]>('requests')
  return seen.filter((request) => request.at >= at).length
}

async function latenessSince(world: World, from: number): Promise<number> {
  const gaps = await pollGaps(world)
  return lateAtP99(
    gaps.filter(({ at, isFirst }) => at >= from && !isFirst),
    POLL_INTERVAL_MS,
  )
}
