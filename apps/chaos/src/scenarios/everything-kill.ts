import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import type { Scenario } from '../scenario.ts'

export const everythingKill: Scenario = {
  name: 'everything-kill',
  about: 'kill -9 of every process at once: apis, workers, Redis, Postgres',
  isOnDemand: true,
  async run({ isShort, random, openWorld }) {
    await using world = await openWorld({ apis: 2, workers: 2 })
    const load = await startLoad(world)
    const kills = isShort ? 1 : 15
    const { postgres, redis } = world.stores
    const processes = [...world.apis, ...world.workers]

    for (let kill = 0; kill < kills; kill += 1) {
      const submitting = load.submitMany(15, '[fault:slow=300]')
      await sleep(random.between(50, 900))
      await Promise.all([...processes.map((one) => one.kill()), redis.crash(), postgres.crash()])
      await Promise.all([redis.start(), postgres.start()])
      for (const one of processes) one.start()
      await world.apisReady()
      await submitting
    }
    return { faults: kills, ...(await audit(world, load)) }
  },
}
