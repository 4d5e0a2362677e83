import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import { looksAtOnce } from '../measure/looks-at-once.ts'
import { allAccepted, nextLooksMs } from '../measure/next-looks.ts'
import { lateAtP99, pollGaps } from '../measure/poll-gaps.ts'
import { createTimes } from '../measure/times.ts'
import type { Scenario } from '../scenario.ts'
import { production } from '../world/timers.ts'

/** Longer than a lane waits for an answer: these looks go on behind it. */
const SLOW_MS = 2500
const POLL_INTERVAL_MS = 5000
const AGAIN_WITHIN_MS = 5000
const MOST_LATE_MS = 1000
const RENDER_MS = 40_000

export const laneKill: Scenario = {
  name: 'lane-kill',
  about: 'kill -9 of one of four workers within its ticks, of which every fifth look is slow',
  isOnDemand: true,
  async run({ isShort, random, openWorld }) {
    const timers = { ...production, SIMULATOR_RENDER_MS: String(RENDER_MS) }
    await using world = await openWorld({ workers: 4, timers })
    const load = await startLoad(world)
    const times = createTimes(world, { isShort })
    const kills = isShort ? 1 : 5
    for (let kill = 0; kill < kills; kill += 1) {
      await load.submitMany(80)
      await load.submitMany(20, `[fault:slow_poll=${SLOW_MS}]`)
      await allAccepted(world)
      await sleep(random.between(6000, 11_000))

      const worker = random.pick(world.workers)
      await worker.kill()
      worker.start()
      times.note('all were looked at again after a kill', AGAIN_WITHIN_MS, await nextLooksMs(world))
    }
    const verdict = await audit(world, load, { endWithinMs: 120_000 })
    const twice = await looksAtOnce(world)
    world.expect(twice === 0, `${twice} looks at a video began while another was under way`)
    const lateMs = lateAtP99(await pollGaps(world), POLL_INTERVAL_MS)
    times.note('looks were late at p99', MOST_LATE_MS, lateMs)
    return { faults: kills, notes: times.notes(), ...verdict }
  },
}
