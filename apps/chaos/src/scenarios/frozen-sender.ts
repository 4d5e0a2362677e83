import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { submissions } from '@reelay/db/schema'
import { audit, settled } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'

const crashingWorker = join(import.meta.dirname, '../world/crashing-worker.ts')
const SEND_WINDOW_MS = 500
const SLACK_MS = 300

type Seen = { method: string; at: number }

export const frozenSender: Scenario = {
  name: 'frozen-sender',
  about: 'a worker freezes between its record and the first byte: no POST leaves after the send window',
  isOnDemand: true,
  async run({ isShort, random, openWorld }) {
    await using world = await openWorld({ workers: 0 })
    const load = await startLoad(world)
    const worker = world.addWorker({
      main: crashingWorker,
      env: { FREEZE_AT: 'ledger.beginSubmission:after', LOCK_DURATION_MS: '30000' },
    })
    const rounds = isShort ? 2 : 100
    let freezes = 0
    for (let round = 0; round < rounds; round += 1) {
      await load.submit()
      await until(() => isFrozen(worker.pid()), { withinMs: 10_000, everyMs: 5, what: 'the worker freezes' })
      await sleep(random.between(SEND_WINDOW_MS + 50, 1500))
      // It tries again after a late start, and is let through at once.
      const thawing = setInterval(() => {
        if (isFrozen(worker.pid())) freezes += 1
        worker.signal('SIGCONT')
      }, 20)
      await settled(world, 30_000).finally(() => clearInterval(thawing))
    }
    const posts = (await world.admin<Seen[]>('requests')).filter(({ method }) => method === 'POST')
    const starts = (await world.db.select().from(submissions)).map(({ startedAt }) => startedAt.getTime())
    for (const { at } of posts) {
      const isInTime = starts.some((start) => at >= start && at <= start + SEND_WINDOW_MS + SLACK_MS)
      world.expect(isInTime, 'a POST left after its send window')
    }
    return { faults: freezes, ...(await audit(world, load)) }
  },
}

function isFrozen(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T')
}
