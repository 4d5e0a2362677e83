import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'

/** What upstream says of one attempt is no word on the next. */
export const lateVerdict: Scenario = {
  name: 'late-verdict',
  about: 'cancelled while the answer is on its way, tried again, and then the first attempt is given up',
  isOnDemand: true,
  async run({ isShort, openWorld }) {
    await using world = await openWorld({ workers: 2 })
    const load = await startLoad(world)
    const tasks = isShort ? 4 : 16
    const wishes = await load.submitMany(tasks, '[fault:no_answer=0,1]')
    const open = async () =>
      (await world.db.execute(`select 1 from submissions where outcome = 'sending'`)).length
    await until(async () => (await open()) === tasks, { withinMs: 10_000, everyMs: 20, what: 'all are sent' })
    for (const wish of wishes) {
      world.expect((await load.ask(wish, 'cancel')) === 200, `${wish.videoId} could not be cancelled`)
      const retried = await load.ask(wish, 'retry', { force: true })
      world.expect(retried === 200, `${wish.videoId} could not be retried`)
    }
    const verdict = await audit(world, load)
    if (verdict.counts.ends.COMPLETED !== tasks)
      verdict.violations.push('an attempt ended by the verdict on the one before it')
    return { faults: tasks, ...verdict }
  },
}
