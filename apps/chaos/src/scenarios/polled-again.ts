import { setTimeout as sleep } from 'node:timers/promises'
import { videoTasks } from '@reelay/db/schema'
import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import { seconds } from '../measure/times.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'
import { production } from '../world/timers.ts'

const RESTART_MS = 1000
const POLLED_WITHIN_MS = 15_000

type Seen = { method: string; path: string; at: number }

export const polledAgain: Scenario = {
  name: 'polled-again',
  about: 'kill -9 of all workers with production timers; a new one 1 s later polls every task within 15 s',
  isOnDemand: true,
  async run({ random, openWorld }) {
    await using world = await openWorld({ workers: 2, timers: production })
    const load = await startLoad(world)
    await load.submitMany(60)
    const rows = () => world.db.select().from(videoTasks)
    const accepted = async () => (await rows()).every(({ status }) => status === 'PROCESSING')
    await until(accepted, { withinMs: 20_000, what: 'all accepted' })
    await sleep(random.between(3000, 8000))

    await Promise.all(world.workers.map((worker) => worker.kill()))
    const killedAt = Date.now()
    await sleep(RESTART_MS)
    const restartedAt = Date.now()
    world.addWorker()

    const ids = (await rows()).map(({ externalTaskId }) => externalTaskId as string)
    const firstPolls = async () => {
      const seen = await world.admin<Seen[]>('requests')
      const polls = seen.filter(({ method, at }) => method === 'GET' && at >= killedAt)
      return ids.map((id) => polls.find(({ path }) => path.endsWith(id))?.at ?? Number.NaN)
    }
    await until(async () => !(await firstPolls()).some(Number.isNaN), { withinMs: 30_000, what: 'polls' })
    const latest = Math.max(...(await firstPolls()))
    world.expect(latest - restartedAt <= POLLED_WITHIN_MS, 'a task was polled again too late')
    const notes = [
      `${ids.length} in flight, the last polled again ${seconds(latest - restartedAt)} after the restart, ` +
        `${seconds(latest - killedAt)} after the kill`,
    ]
    return { faults: 2, notes, ...(await audit(world, load, { endWithinMs: 120_000 })) }
  },
}
