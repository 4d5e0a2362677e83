import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../audit/audit.ts'
import { type Load, startLoad } from '../load/load.ts'
import { allHaveJobs } from '../measure/jobs.ts'
import { createTimes, type Times } from '../measure/times.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'
import { steady } from '../world/timers.ts'
import type { World } from '../world/world.ts'

const ENQUEUED_WITHIN_MS = 2000 + Number(steady.SWEEP_INTERVAL_MS)

export const apiKill: Scenario = {
  name: 'api-kill',
  about: 'kill -9 of an api under load, also between its commit and its enqueue; clients send again',
  async run({ isShort, openWorld }) {
    await using world = await openWorld({ apis: 2, workers: 2, timers: steady })
    const load = await startLoad(world, { users: 4 })
    const times = createTimes(world, { isShort })
    const kills = isShort ? 2 : 30
    const freezes = isShort ? 1 : 10
    const committed = isShort ? 20 : 100

    for (let kill = 0; kill < kills; kill += 1) await killUnderLoad(world, load)
    for (let freeze = 0; freeze < freezes; freeze += 1) {
      const revive = freeze % 2 === 0 ? () => forgetWhatWasSent(world) : () => world.stores.redis.thaw()
      await killAfterCommit({ world, load, times }, committed, revive)
    }

    await Promise.all(load.wishes.map((wish) => load.send(wish)))
    return { faults: kills + 2 * freezes, notes: times.notes(), ...(await audit(world, load)) }
  },
}

async function killUnderLoad(world: World, load: Load): Promise<void> {
  const victim = world.random.pick(world.apis)
  const submitting = load.submitMany(10)
  await sleep(world.random.between(0, 150))
  await victim.kill()
  await submitting
  victim.start()
  await world.apisReady()
}

type Scene = { world: World; load: Load; times: Times }

/** A frozen Redis holds every api between the insert and the answer. */
async function killAfterCommit(
  { world, load, times }: Scene,
  tasks: number,
  reviveRedis: () => unknown,
): Promise<void> {
  world.stores.redis.freeze()
  const before = await rowCount(world)
  const submitting = load.submitMany(tasks)
  const areThere = async () => (await rowCount(world)) === before + tasks
  await until(areThere, { withinMs: 30_000, what: `${tasks} rows` })
  await Promise.all(world.apis.map((api) => api.kill()))
  await reviveRedis()
  await times.until(`${tasks} committed tasks had jobs`, ENQUEUED_WITHIN_MS, allHaveJobs(world))
  for (const api of world.apis) api.start()
  await submitting
}

/** Commands that a frozen Redis has not read yet would outlive who sent them. */
async function forgetWhatWasSent({ stores }: World): Promise<void> {
  await stores.redis.crash()
  await stores.redis.start()
}

async function rowCount({ db }: World): Promise<number> {
  const [row] = await db.execute('select count(*)::int as rows from video_tasks')
  return (row as { rows: number }).rows
}
