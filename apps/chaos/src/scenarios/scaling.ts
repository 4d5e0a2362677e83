import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import { longestPollGapMs } from '../measure/poll-gaps.ts'
import type { Scenario } from '../scenario.ts'
import { production } from '../world/timers.ts'

const POLL_INTERVAL_MS = 5000
const STAYS_MS = 8000

export const scaling: Scenario = {
  name: 'scaling',
  about: 'from one worker to four and back to one under load: polls stay on time',
  isOnDemand: true,
  async run({ openWorld }) {
    await using world = await openWorld({ workers: 1, timers: production })
    const load = await startLoad(world, { users: 5, listenersPerUser: 2 })
    await load.submitMany(100)
    for (let added = 0; added < 3; added += 1) {
      await sleep(STAYS_MS)
      await world.readyWorker()
      await load.submitMany(20)
    }
    for (const worker of world.workers.slice(0, 3)) {
      await sleep(STAYS_MS)
      world.expect((await worker.kill('SIGTERM')) === 0, `${worker.name} did not stop in order`)
    }
    const verdict = await audit(world, load, { endWithinMs: 120_000 })
    const gapMs = await longestPollGapMs(world)
    if (gapMs > 2 * POLL_INTERVAL_MS) verdict.violations.push(`${gapMs} ms without a poll`)
    return { faults: 6, notes: [`the longest time between two polls was ${gapMs} ms`], ...verdict }
  },
}
