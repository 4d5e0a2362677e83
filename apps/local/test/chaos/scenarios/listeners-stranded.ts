import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../audit.ts'
import { startLoad } from '../load.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'

const LISTENERS_PER_USER = 20

/** Row 21 of the fault matrix. */
export const listenersStranded: Scenario = {
  name: 'listeners-stranded',
  isOnDemand: true,
  about: 'kill -9 of one of two apis with thousands of listeners, who all come to the other',
  async run({ isShort, random, openWorld }) {
    await using world = await openWorld({ apis: 2, workers: 2 })
    const users = isShort ? 4 : 250
    const load = await startLoad(world, { users, listenersPerUser: LISTENERS_PER_USER })
    const total = load.listeners.length
    const allListen = () =>
      until(() => load.listeners.every(({ isOpen }) => isOpen), { withinMs: 60_000, what: 'all listen' })
    await allListen()
    await load.makeSources()

    const notes: string[] = []
    const kills = isShort ? 1 : 3
    for (let kill = 0; kill < kills; kill += 1) {
      for (const listener of load.listeners) if (random.next() < 0.5) listener.cut()
      await allListen()
      const before = load.submitMany(users)
      const victim = random.pick(world.apis)
      await sleep(random.between(0, 500))
      await victim.kill()
      const killedAt = performance.now()
      const during = Promise.all(Array.from({ length: 40 }, () => timed(() => load.submit())))
      await allListen()
      const backAfter = performance.now() - killedAt
      const slowest = Math.max(...(await during))
      notes.push(`${total} listeners back after ${seconds(backAfter)}; slowest remix ${seconds(slowest)}`)
      await before
      victim.start()
      await world.apisReady()
    }
    return { faults: kills, notes, ...(await audit(world, load, { endWithinMs: 180_000 })) }
  },
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
