import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../audit.ts'
import { startLoad } from '../load.ts'
import type { ProxyMode } from '../proxy.ts'
import type { Scenario } from '../scenario.ts'

/** Row 13 of the fault matrix, and other things that networks do. */
export const slowUpstream: Scenario = {
  name: 'slow-upstream',
  about: 'the way to upstream drips, goes silent, cuts at the answer, resets',
  isOnDemand: true,
  async run({ isShort, random, openWorld }) {
    await using world = await openWorld({ workers: 2, hasProxy: true })
    const load = await startLoad(world)
    const modes: ProxyMode[] = ['drip', 'blackhole', 'cut', 'reset', 'hold']
    const rounds = isShort ? 1 : 6
    for (let round = 0; round < rounds; round += 1) {
      for (const mode of modes) {
        await load.submitMany(10)
        await sleep(random.between(0, 500))
        world.proxy?.set(mode)
        await load.submitMany(10)
        await sleep(3000)
        world.proxy?.set('pass')
      }
    }
    return { faults: rounds * modes.length, ...(await audit(world, load, { endWithinMs: 120_000 })) }
  },
}
