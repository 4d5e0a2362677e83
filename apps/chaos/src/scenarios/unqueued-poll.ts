import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import { pollGaps } from '../measure/poll-gaps.ts'
import { createTimes } from '../measure/times.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'
import { quick } from '../world/timers.ts'

const crashingWorker = join(import.meta.dirname, '../world/crashing-worker.ts')
const POLLED_WITHIN_MS = Number(quick.SWEEP_INTERVAL_MS) + 1000

export const unqueuedPoll: Scenario = {
  name: 'unqueued-poll',
  about: 'kill -9 of a worker between its record of an acceptance and the job that polls it',
  isOnDemand: true,
  async run({ isShort, openWorld }) {
    await using world = await openWorld({ workers: 1 })
    const load = await startLoad(world)
    const times = createTimes(world, { isShort })
    const visited = join(world.dir, 'visited')
    const crashes: number[] = []
    world.addWorker({
      main: crashingWorker,
      env: { VISITED_FILE: visited, CRASH_AT: '^queues\\.enqueuePoll:before$' },
      onExit(worker) {
        crashes.push(Date.now())
        rmSync(visited)
        worker.start()
      },
    })
    const kills = isShort ? 2 : 30
    for (let kill = 1; kill <= kills; kill += 1) {
      const hasCrashed = async () => {
        if (crashes.length < kill) await load.submit()
        return crashes.length >= kill
      }
      await until(hasCrashed, { withinMs: 60_000, everyMs: 100, what: 'the worker crashes' })
    }
    const verdict = await audit(world, load)
    const firstPolls = (await pollGaps(world)).filter(({ isFirst }) => isFirst)
    const unpolled = crashes.map((crashedAt) => {
      const after = firstPolls.filter(({ at, ms }) => at - ms <= crashedAt && at > crashedAt)
      return after.map(({ at }) => at - crashedAt)
    })
    // A run that finds the record of an earlier one adds that job, too, and may crash there with nothing accepted.
    const waits = unpolled.filter((ms) => ms.length > 0).map((ms) => Math.max(...ms))
    for (const ms of waits) times.note('what had been accepted was polled', POLLED_WITHIN_MS, ms)
    world.expect(waits.length > kills / 2, `only ${waits.length} of ${kills} crashes left something accepted`)
    return { faults: kills, notes: times.notes(), ...verdict }
  },
}
