import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../audit.ts'
import { startLoad } from '../load.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'

export const apiKill: Scenario = {
  name: 'api-kill',
  about: 'kill -9 of an api under load, also between its commit and its enqueue; clients send again',
  async run({ isShort, random, openWorld }) {
    await using world = await openWorld({ apis: 2, workers: 2 })
    const load = await startLoad(world, { users: 4 })
    const kills = isShort ? 2 : 30

    for (let kill = 0; kill < kills; kill += 1) {
      const victim = random.pick(world.apis)
      const submitting = load.submitMany(10)
      await sleep(random.between(0, 150))
      await victim.kill()
      await submitting
      victim.start()
      await world.apisReady()
    }

    // A frozen Redis holds every api between the insert and the answer.
    world.stores.redis.freeze()
    const before = await rowCount()
    const submitting = load.submitMany(10)
    await until(async () => (await rowCount()) === before + 10, { withinMs: 5000, what: 'ten rows' })
    await Promise.all(world.apis.map((api) => api.kill()))
    world.stores.redis.thaw()
    for (const api of world.apis) api.start()
    await submitting

    await Promise.all(load.wishes.map((wish) => load.send(wish)))
    return { faults: kills + 2, ...(await audit(world, load)) }

    async function rowCount(): Promise<number> {
      const [row] = await world.db.execute('select count(*)::int as rows from video_tasks')
      return (row as { rows: number }).rows
    }
  },
}
