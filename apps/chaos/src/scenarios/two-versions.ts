import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '@reelay/local-services/stores/free-port'
import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'
import { createNewerCheckout } from '../world/newer-checkout.ts'

export const twoVersions: Scenario = {
  name: 'two-versions',
  about: 'workers from two checkouts on the same queues: the older one hands the newer one’s jobs back',
  isOnDemand: true,
  async run({ isShort, openWorld }) {
    await using world = await openWorld({ workers: 0 })
    const load = await startLoad(world)
    const port = await freePort()
    const older = world.addWorker({ env: { WORKER_PORT: String(port) } })
    await world.readyWorker({ main: createNewerCheckout(join(world.dir, 'newer')) })
    const handedBack = () => countHandedBack(`http://127.0.0.1:${port}/metrics`)

    const tasks = isShort ? 20 : 100
    await load.submitMany(tasks)
    await until(async () => (await handedBack()) >= tasks / 4, {
      withinMs: 30_000,
      what: 'jobs are handed back',
    })
    const count = await handedBack()
    world.expect((await older.kill('SIGTERM')) === 0, 'the older worker did not stop in order')
    const verdict = await audit(world, load)
    if (verdict.counts.ends.COMPLETED !== tasks) verdict.violations.push('not every task was completed')
    for (const { name } of world.workers) {
      const log = readFileSync(join(world.dir, 'logs', `${name}.log`), 'utf8')
      for (const trouble of ['step failed', 'job not understood']) {
        if (log.includes(trouble)) verdict.violations.push(`${name}: ${trouble}`)
      }
    }
    return { faults: count, notes: [`${count} jobs of the newer version handed back`], ...verdict }
  },
}

async function countHandedBack(url: string): Promise<number> {
  const text = await (await fetch(url)).text()
  const counts = text.matchAll(/^reelay_steps_total\{[^}]*outcome="not_understood"[^}]*\} (\d+)/gm)
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
}
