import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../audit.ts'
import { startLoad } from '../load.ts'
import type { Scenario } from '../scenario.ts'

type Seen = { method: string; status: number | null }

/** Row 12 of the fault matrix. */
export const storm: Scenario = {
  name: 'storm',
  about: 'upstream answers 429 to every submission, then 503 to half of the polls',
  isOnDemand: true,
  async run({ isShort, random, openWorld }) {
    await using world = await openWorld({ workers: 2 })
    const load = await startLoad(world)
    const tasks = isShort ? 20 : 300
    const stormMs = isShort ? 4000 : 60_000
    await world.admin('faults', { name: 'rate_limit', value: 2, count: 100_000, scope: 'submit' })
    await load.submitMany(tasks)
    await sleep(stormMs)
    const posts = (await world.admin<Seen[]>('requests')).filter(({ method }) => method === 'POST').length
    await clearFaults()

    const polls = isShort ? 40 : 1000
    for (let i = 0; i < polls; i += 1) {
      if (random.next() < 0.5)
        await world.admin('faults', { name: 'poll_error', count: 1, scope: 'retrieve' })
    }
    const verdict = await audit(world, load, { endWithinMs: isShort ? 60_000 : 300_000 })
    if (verdict.counts.ends.COMPLETED !== tasks) verdict.violations.push('the storm failed a task')
    return {
      faults: posts + polls,
      notes: [`${posts} submissions in ${stormMs / 1000} s of 429`],
      ...verdict,
    }

    async function clearFaults(): Promise<void> {
      await fetch(`${world.adminUrl}/faults`, { method: 'DELETE' })
    }
  },
}
