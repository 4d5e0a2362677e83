import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import type { Scenario } from '../scenario.ts'

const ANSWER_MS = 300
const AT_ONCE = 3

export const submitKill: Scenario = {
  name: 'submit-kill',
  about: 'kill -9 of the worker at a random moment of submitting, upstream answers after 300 ms',
  async run({ isShort, random, openWorld }) {
    await using world = await openWorld({ workers: 0 })
    const load = await startLoad(world, { users: 3, listenersPerUser: isShort ? 1 : 3 })
    const kills = isShort ? 4 : 200
    for (let kill = 0; kill < kills; kill += 1) {
      const worker = await world.readyWorker()
      await load.submitMany(AT_ONCE, `[fault:slow=${ANSWER_MS}]`)
      await sleep(random.between(0, ANSWER_MS + 150))
      await worker.kill()
    }
    world.addWorker()
    world.addWorker()
    return { faults: kills, ...(await audit(world, load)) }
  },
}
