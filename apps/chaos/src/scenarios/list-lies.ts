import { setTimeout as sleep } from 'node:timers/promises'
import { audit, settled } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import type { Scenario } from '../scenario.ts'
import { quick } from '../world/timers.ts'

const windowMs = Number(quick.RECONCILE_WINDOW_MS)
const LATE_MS = 0.75 * windowMs
const TOO_LATE_MS = 3 * windowMs

/** `LATE_MS` is to the window here what 90 s are to the two minutes of production. */
export const listLies: Scenario = {
  name: 'list-lies',
  about: 'upstream lists a video late, too late, or never: none is paid for twice, also not by a retry',
  isOnDemand: true,
  upstream: 'has a list of prompts',
  async run({ isShort, openWorld }) {
    await using world = await openWorld({ workers: 2, hasPages: true })
    const load = await startLoad(world)
    const few = isShort ? 2 : 10
    await load.submitMany(isShort ? 5 : 100, `[fault:accept_reset][fault:list_late=${LATE_MS}]`)
    const tooLate = await load.submitMany(few, `[fault:accept_reset][fault:list_late=${TOO_LATE_MS}]`)
    const hidden = await load.submitMany(few, '[fault:accept_reset][fault:list_late=3600000]')
    await settled(world, 60_000)
    await sleep(TOO_LATE_MS)
    for (const wish of [...tooLate, ...hidden]) {
      world.expect((await load.ask(wish, 'retry')) === 200, `${wish.videoId} could not be retried`)
    }
    const verdict = await audit(world, load)
    if (verdict.counts.ends.submission_unknown !== few)
      verdict.violations.push(`not just the ${few} hidden videos ended as unknown`)
    if (verdict.counts.jobs !== verdict.counts.tasks) verdict.violations.push('not one video for each task')
    return { faults: load.wishes.length, ...verdict }
  },
}
