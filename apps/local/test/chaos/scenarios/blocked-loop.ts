import { videoTasks } from '@reelay/db/schema'
import { freePort } from '@reelay/local-services/free-port'
import { audit } from '../audit.ts'
import { stallsOf } from '../jobs.ts'
import { startLoad } from '../load.ts'
import type { Scenario } from '../scenario.ts'
import { production } from '../timers.ts'
import { until } from '../until.ts'

const spin = new URL('../preload/spin.ts', import.meta.url).href
const SPIN_MS = 3000

/** Shorter than what the locks of operators endure, whose workers the `zombies` with their short locks are not. */
export const blockedLoop: Scenario = {
  name: 'blocked-loop',
  about: 'the event loop of a worker stands still for 3 s with production timers: no job stalls',
  isOnDemand: true,
  async run({ isShort, random, openWorld }) {
    await using world = await openWorld({ workers: 0, timers: production })
    const workers = await Promise.all([workerOnPort(), workerOnPort()])
    const load = await startLoad(world)
    await load.submitMany(60)
    const statuses = () => world.db.select({ status: videoTasks.status }).from(videoTasks)
    const inFlight = async () => (await statuses()).every(({ status }) => status === 'PROCESSING')
    await until(inFlight, { withinMs: 20_000, what: 'all are in flight' })

    const blocks = isShort ? 1 : 6
    const shown: number[] = []
    for (let block = 0; block < blocks; block += 1) {
      const { worker, port } = random.pick(workers)
      worker.signal('SIGUSR2')
      // Asked for while it is blocked, the metric would forget: prom-client starts it anew at each reading.
      await fetch(`http://127.0.0.1:${port}/health`)
      const lag = () => lagMs(port)
      shown.push(await until(lag, { withinMs: 20_000, everyMs: 500, what: 'a metric shows the block' }))
    }
    const stalls = await stallsOf(world)
    world.expect(stalls === 0, `${stalls} jobs stalled`)
    const notes = [
      `${stalls} jobs stalled; reelay_nodejs_eventloop_lag_max_seconds showed ${shown.join(', ')} ms`,
    ]
    return { faults: blocks, notes, ...(await audit(world, load, { endWithinMs: 120_000 })) }

    async function workerOnPort() {
      const port = await freePort()
      const env = { SPIN_MS: String(SPIN_MS), WORKER_PORT: String(port) }
      return { port, worker: await world.readyWorker({ imports: [spin], env }) }
    }
  },
}

/** The longest delay of its event loop as a worker shows it, when that is nearly the block's; undefined before. */
async function lagMs(port: number): Promise<number | undefined> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const [, lag] = /^reelay_nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(text) ?? []
  const ms = Math.round(Number(lag) * 1000)
  return ms >= 0.9 * SPIN_MS ? ms : undefined
}
