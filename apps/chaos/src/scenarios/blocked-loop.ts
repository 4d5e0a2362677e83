import { videoTasks } from '@reelay/db/schema'
import { freePort } from '@reelay/local-services/stores/free-port'
import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import { stallsOf } from '../measure/jobs.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'
import { production } from '../world/timers.ts'

const spin = new URL('../world/preload/spin.ts', import.meta.url).href
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
      await until(() => isSilent(port), { withinMs: 20_000, what: 'a worker is blocked' })
      // Read in the turn in which the block ends, the metric would forget it: prom-client starts it anew each time.
      for (let turn = 0; turn < 2; turn += 1) await fetch(`http://127.0.0.1:${port}/health`)
      shown.push(await lagMs(port))
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

async function isSilent(port: number): Promise<boolean> {
  const signal = AbortSignal.timeout(500)
  return fetch(`http://127.0.0.1:${port}/health`, { signal }).then(
    () => false,
    () => true,
  )
}

async function lagMs(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const [, lag] = /^reelay_nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(text) ?? []
  return Math.round(Number(lag) * 1000)
}
