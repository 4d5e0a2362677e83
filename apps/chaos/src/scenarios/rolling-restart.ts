import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import { stallsOf } from '../measure/jobs.ts'
import { longestPollGapMs } from '../measure/poll-gaps.ts'
import type { Scenario } from '../scenario.ts'
import { production } from '../world/timers.ts'

const POLL_INTERVAL_MS = 5000
const LOCK_DURATION_MS = 10_000
const IN_FLIGHT = 200
const GONE_WITHIN_MS = 15_000

export const rollingRestart: Scenario = {
  name: 'rolling-restart',
  about: 'two apis and four workers are stopped and started one after another under load',
  isOnDemand: true,
  async run({ openWorld }) {
    const env = { STOP_DELAY_MS: '1000' }
    await using world = await openWorld({ apis: 2, workers: 4, timers: production, env })
    const load = await startLoad(world, { users: 20, listenersPerUser: 10, isBalanced: true })
    const submitting = (async () => {
      for (let i = 0; i < IN_FLIGHT / 10; i += 1) await Promise.all([load.submitMany(10), sleep(1500)])
    })()
    let slowestMs = 0
    for (const one of [...world.apis, ...world.workers]) {
      const startedAt = performance.now()
      world.expect((await one.kill('SIGTERM')) === 0, `${one.name} did not stop in order`)
      slowestMs = Math.max(slowestMs, Math.round(performance.now() - startedAt))
      one.start()
      await world.apisReady()
      await sleep(1000)
    }
    await submitting
    world.expect(slowestMs <= GONE_WITHIN_MS, `a process was gone after ${slowestMs} ms`)
    const stalls = await stallsOf(world)
    world.expect(stalls === 0, `${stalls} jobs stalled`)
    const verdict = await audit(world, load, { endWithinMs: 120_000 })
    const failed = load.wishes.filter(({ sends }) => sends > 1).length
    const gapMs = await longestPollGapMs(world)
    if (failed > 0) verdict.violations.push(`${failed} requests failed`)
    if (gapMs > 2 * POLL_INTERVAL_MS + LOCK_DURATION_MS) verdict.violations.push(`${gapMs} ms without a poll`)
    const notes = [
      `${failed} requests failed, the longest time between two polls was ${gapMs} ms`,
      `the slowest process was gone after ${slowestMs} ms, ${stalls} jobs stalled`,
    ]
    return { faults: 6, notes, ...verdict }
  },
}
