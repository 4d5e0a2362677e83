import { readFileSync } from 'node:fs'
import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'

type Seen = { method: string; videoId: string | null }

const killAtPolls = [3, 7, 11]

/** BullMQ counts a job's stalls over its whole life. */
export const pollKill: Scenario = {
  name: 'poll-kill',
  about: 'the worker of the same tasks is killed at their 3rd, 7th and 11th poll',
  isOnDemand: true,
  async run({ openWorld }) {
    const env = { SIMULATOR_RENDER_MS: '15000' }
    await using world = await openWorld({ workers: 1, env })
    const load = await startLoad(world)
    await load.submitMany(10)
    for (const polls of killAtPolls) {
      await until(async () => (await fewestPolls()) >= polls, { withinMs: 30_000, what: `${polls} polls` })
      await world.workers.at(-1)?.kill()
      world.addWorker()
    }
    const verdict = await audit(world, load)
    if (verdict.counts.ends.COMPLETED !== 10) verdict.violations.push('a task did not complete')
    const logs = world.workers.map(({ logFile }) => readFileSync(logFile, 'utf8')).join()
    if (/stalled more than/.test(logs)) verdict.violations.push('BullMQ failed a job for its stalls')
    return { faults: killAtPolls.length, ...verdict }

    async function fewestPolls(): Promise<number> {
      const seen = await world.admin<Seen[]>('requests')
      const polls = seen.filter(({ method, videoId }) => method === 'GET' && videoId)
      const byVideo = [...Map.groupBy(polls, ({ videoId }) => videoId).values()]
      return byVideo.length < 10 ? 0 : Math.min(...byVideo.map(({ length }) => length))
    }
  },
}
