import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../audit/audit.ts'
import { type Load, startLoad } from '../load/load.ts'
import { watchBackends } from '../measure/backends.ts'
import { seconds, stopwatch } from '../measure/times.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'
import { quick } from '../world/timers.ts'
import type { World } from '../world/world.ts'

/** As often as operators have it: each poll of each task in flight may be news for twenty. */
const timers = { ...quick, POLL_INTERVAL_MS: '5000', SIMULATOR_RENDER_MS: '6000' }
const LISTENERS_PER_USER = 20
const REMIXES = 200
const REMIX_EVERY_MS = 75
const MOST_P99_MS = 1000
const BACK_WITHIN_MS = 15_000
/** Connections of one process, and how many processes are left: an api and two workers. */
const POOL = 20
const POOLS = 3

export const listenersStranded: Scenario = {
  name: 'listeners-stranded',
  isOnDemand: true,
  about: 'kill -9 of one of two apis with thousands of listeners, who all come to the other',
  async run({ isShort, openWorld }) {
    await using world = await openWorld({ apis: 2, workers: 2, timers })
    const users = isShort ? 4 : 250
    const load = await startLoad(world, { users, listenersPerUser: LISTENERS_PER_USER, waitsAsTold: true })
    await allListen(load)
    await load.makeSources()

    const notes: string[] = []
    const kills = isShort ? 1 : 3
    for (let kill = 0; kill < kills; kill += 1) notes.push(await strand(world, load, { isShort }))
    return { faults: kills, notes, ...(await audit(world, load, { endWithinMs: 180_000 })) }
  },
}

async function strand(world: World, load: Load, { isShort }: { isShort: boolean }): Promise<string> {
  const { random, expect } = world
  for (const listener of load.listeners) if (random.next() < 0.5) listener.cut()
  await allListen(load)
  const before = load.submitMany(load.users.length)
  const victim = random.pick(world.apis)
  await sleep(random.between(0, 500))
  await victim.kill()
  const sinceKill = stopwatch()
  const areStranded = () => load.listeners.some(({ isOpen }) => !isOpen)
  await until(areStranded, { withinMs: 5000, what: 'listeners are stranded' })
  const survivor = world.apiUrls[victim === world.apis[0] ? 1 : 0] as string
  const during = load.remixSteadily(survivor, REMIXES, REMIX_EVERY_MS)
  await using busy = watchBackends(world)
  await allListen(load)
  const backAfter = sinceKill()
  const took = await during
  const { most: mostBackends } = await busy.stop()
  const p99 = took[Math.ceil(took.length * 0.99) - 1] as number
  expect(isShort || backAfter <= BACK_WITHIN_MS, `all were back after ${seconds(backAfter)}`)
  expect(isShort || p99 <= MOST_P99_MS, `a remix took ${seconds(p99)} at p99`)
  expect(mostBackends <= POOLS * POOL, `${mostBackends} backends were at work`)
  await before
  victim.start()
  await world.apisReady()
  return (
    `${load.listeners.length} listeners back after ${seconds(backAfter)}; of ${took.length} remixes on the survivor ` +
    `p50 ${seconds(took[took.length >> 1] as number)}, p99 ${seconds(p99)}; at most ${mostBackends} backends at work`
  )
}

function allListen({ listeners }: Load): Promise<unknown> {
  return until(() => listeners.every(({ isOpen }) => isOpen), { withinMs: 60_000, what: 'all listen' })
}
