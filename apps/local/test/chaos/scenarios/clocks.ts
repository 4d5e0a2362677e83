import { audit } from '../audit.ts'
import { startLoad } from '../load.ts'
import type { Scenario } from '../scenario.ts'

const clock = new URL('../preload/clock.ts', import.meta.url).href
const minute = 60_000

export const clocks: Scenario = {
  name: 'clocks',
  about: 'workers are 30 s early and late, apis 10 min, and upstream 90 s',
  isOnDemand: true,
  async run({ isShort, openWorld }) {
    await using world = await openWorld({ apis: 0, workers: 0 })
    const shifted = (ms: number) => ({ imports: [clock], env: { CLOCK_SHIFT_MS: String(ms) } })
    await Promise.all([10 * minute, -10 * minute].map((ms) => world.addApi(shifted(ms))))
    await world.apisReady()
    for (const ms of [30_000, -30_000]) world.addWorker(shifted(ms))
    const load = await startLoad(world)
    for (const offsetMs of [90_000, -90_000, 0]) {
      await world.admin('clock', { offsetMs })
      await load.submitMany(isShort ? 5 : 30)
      await load.submitMany(isShort ? 3 : 20, '[fault:accept_reset]')
      await load.submitMany(isShort ? 3 : 20, '[fault:accept_silence]')
    }
    const verdict = await audit(world, load)
    if (verdict.counts.ends.COMPLETED !== verdict.counts.tasks)
      verdict.violations.push('a clock ended a task')
    return { faults: 7, ...verdict }
  },
}
