import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import { allAccepted, nextLooksMs } from '../measure/next-looks.ts'
import { lateAtP99, pollGaps } from '../measure/poll-gaps.ts'
import { createTimes } from '../measure/times.ts'
import type { Scenario } from '../scenario.ts'
import { flushRedis, restartRedisEmpty } from '../world/empty-redis.ts'
import { production } from '../world/timers.ts'
import type { World } from '../world/world.ts'

const POLL_INTERVAL_MS = 5000
const ON_TIME_WITHIN_MS = POLL_INTERVAL_MS + 2000
const MOST_LATE_MS = 1000
const STAYS_MS = 12_000

const harms = {
  FLUSHALL: flushRedis,
  'a restart that is empty': restartRedisEmpty,
  'an older one': restartOlder,
}

export const lanesLost: Scenario = {
  name: 'lanes-lost',
  about:
    'FLUSHALL, a Redis that restarts empty and one that restarts old, with production timers: polls go on',
  isOnDemand: true,
  async run({ isShort, openWorld }) {
    const timers = { ...production, SIMULATOR_RENDER_MS: '70000' }
    await using world = await openWorld({ workers: 2, timers })
    const load = await startLoad(world)
    const times = createTimes(world, { isShort })
    await load.submitMany(isShort ? 40 : 200)
    await allAccepted(world)
    const onTime: number[] = []
    for (const [what, harm] of Object.entries(harms)) {
      await sleep(STAYS_MS)
      await harm(world)
      times.note(`all were looked at after ${what}`, ON_TIME_WITHIN_MS, await nextLooksMs(world))
      onTime.push(Date.now())
    }
    await sleep(STAYS_MS)
    const gaps = (await pollGaps(world)).filter(({ at, ms }) =>
      onTime.some((since) => at - ms >= since && at <= since + STAYS_MS),
    )
    times.note('from then on looks were late at p99', MOST_LATE_MS, lateAtP99(gaps, POLL_INTERVAL_MS))
    const verdict = await audit(world, load, { endWithinMs: 120_000 })
    return { faults: onTime.length, notes: times.notes(), ...verdict }
  },
}

/** With what it knew some seconds ago. */
async function restartOlder({ dir, stores }: World): Promise<void> {
  const folder = join(dir, 'redis/appendonlydir')
  const older = join(dir, 'redis-older')
  cpSync(folder, older, { recursive: true })
  await sleep(STAYS_MS)
  await stores.redis.crash()
  stores.forgetRedis()
  cpSync(older, folder, { recursive: true })
  await stores.redis.start()
}
