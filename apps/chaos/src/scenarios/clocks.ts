import { setTimeout as sleep } from 'node:timers/promises'
import { audit, settled } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import { pollGaps } from '../measure/poll-gaps.ts'
import { createTimes } from '../measure/times.ts'
import type { Scenario } from '../scenario.ts'
import { steady } from '../world/timers.ts'

const clock = new URL('../world/preload/clock.ts', import.meta.url).href
const minute = 60_000
const timers = { ...steady, SIMULATOR_RENDER_MS: '12000' }
const offsets = [90_000, -90_000, 0]
/** Of four processes, of upstream, and a jump of both workers each time. */
const FAULTS = 4 + 3 * offsets.length
const POLL_INTERVAL_MS = Number(timers.POLL_INTERVAL_MS)

export const clocks: Scenario = {
  name: 'clocks',
  about: 'workers are 30 s early and late and change places, apis are 10 min off, and upstream 90 s',
  isOnDemand: true,
  async run({ isShort, openWorld }) {
    await using world = await openWorld({ apis: 0, workers: 0, timers })
    const shifted = (ms: number) => ({ imports: [clock], env: { CLOCK_SHIFT_MS: String(ms) } })
    await Promise.all([10 * minute, -10 * minute].map((ms) => world.addApi(shifted(ms))))
    await world.apisReady()
    const workers = [30_000, -30_000].map((ms) => world.addWorker(shifted(ms)))
    const load = await startLoad(world)
    const times = createTimes(world, { isShort })
    for (const offsetMs of offsets) {
      await world.admin('clock', { offsetMs })
      await load.submitMany(isShort ? 5 : 30)
      await load.submitMany(isShort ? 3 : 20, '[fault:accept_reset]')
      await load.submitMany(isShort ? 3 : 20, '[fault:accept_silence]')
      await sleep(POLL_INTERVAL_MS)
      for (const worker of workers) worker.signal('SIGUSR2')
      await settled(world, 60_000)
    }
    const verdict = await audit(world, load)
    if (verdict.counts.ends.COMPLETED !== verdict.counts.tasks)
      verdict.violations.push('a clock ended a task')
    const gaps = (await pollGaps(world)).filter(({ isFirst }) => !isFirst)
    times.note(
      'the longest time between two polls',
      2 * POLL_INTERVAL_MS,
      Math.max(...gaps.map(({ ms }) => ms)),
    )
    const early = gaps.filter(({ ms }) => ms < POLL_INTERVAL_MS / 2)
    for (const [video, { length }] of Map.groupBy(early, ({ externalTaskId }) => externalTaskId))
      if (length > offsets.length) verdict.violations.push(`${video} was polled early ${length} times`)
    const notes = [...times.notes(), `${early.length} of ${gaps.length} polls came early`]
    return { faults: FAULTS, notes, ...verdict }
  },
}
