import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LocalPostgres } from '@reelay/local-services/stores/postgres'
import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import { canWork } from '../measure/recovery.ts'
import { createTimes } from '../measure/times.ts'
import type { Scenario } from '../scenario.ts'
import { promote, startStandby } from '../world/standby.ts'
import type { World } from '../world/world.ts'

const RECOVERED_MS = 5000

type Harm = (world: World, old: { crash: () => Promise<void> }) => Promise<void>

/** What becomes of the old primary. */
const harms: Record<string, Harm> = {
  'was killed': (_, old) => old.crash(),
  'was cut off': async ({ addresses }) => addresses.postgres?.silence(),
  'ran on': async () => {},
}

export const postgresFailover: Scenario = {
  name: 'postgres-failover',
  about:
    'a standby of Postgres is promoted and the address moves to it; the old primary is killed, cut off, or runs on',
  isOnDemand: true,
  async run({ isShort, random, openWorld }) {
    await using world = await openWorld({ apis: 2, workers: 2, isMovable: true })
    const load = await startLoad(world)
    await load.makeSources()
    const times = createTimes(world, { isShort })
    const standbys: LocalPostgres[] = []
    await using cleanup = new AsyncDisposableStack()
    cleanup.defer(async () => void (await Promise.all(standbys.map((standby) => standby.stop()))))
    let primary = {
      dir: world.dir,
      url: world.stores.postgres.url,
      crash: () => world.stores.postgres.crash(),
    }
    const rounds = isShort ? 1 : 2
    for (let round = 0; round < rounds; round += 1) {
      for (const [what, harm] of Object.entries(harms)) {
        const dir = join(world.dir, `standby-${standbys.length + 1}`)
        const standby = await startStandby(primary, dir)
        standbys.push(standby)
        const submitting = load.submitMany(isShort ? 10 : 30, '[fault:slow=200]')
        await sleep(random.between(0, 1500))
        await harm(world, primary)
        world.addresses.postgres?.moveTo(undefined)
        await sleep(random.between(0, 2000))
        await promote(standby)
        world.addresses.postgres?.moveTo(standby.port)
        await times.until(
          `all worked again though the old primary ${what}`,
          RECOVERED_MS,
          canWork(world, load),
        )
        await submitting
        primary = { dir, url: standby.url, crash: async () => standby.stop() }
      }
    }
    return { faults: standbys.length, notes: times.notes(), ...(await audit(world, load)) }
  },
}
