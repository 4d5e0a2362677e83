import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'

export const listenersMoved: Scenario = {
  name: 'listeners-moved',
  about: 'many users’ listeners are cut and go to the other api while remixes run',
  isOnDemand: true,
  async run({ isShort, random, openWorld }) {
    await using world = await openWorld({ apis: 2, workers: 4 })
    const users = isShort ? 30 : 1000
    const load = await startLoad(world, { users })
    await until(() => load.listeners.every(({ isOpen }) => isOpen), {
      withinMs: 60_000,
      what: 'all listen',
    })
    await load.makeSources()

    const rounds = isShort ? 6 : 40
    let cuts = 0
    for (let round = 0; round < rounds; round += 1) {
      const submitting = load.submitMany(isShort ? 10 : 50)
      for (const listener of load.listeners) {
        if (random.next() > 0.3) continue
        listener.cut()
        cuts += 1
      }
      await sleep(random.between(100, 600))
      await submitting
    }
    const connections = load.listeners.reduce((sum, listener) => sum + listener.connections, 0)
    return {
      faults: cuts,
      notes: [`${users} listeners over ${connections} connections`],
      ...(await audit(world, load, { endWithinMs: 180_000 })),
    }
  },
}
