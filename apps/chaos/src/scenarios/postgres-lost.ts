import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import { watchBackends } from '../measure/backends.ts'
import { createTimes } from '../measure/times.ts'
import type { Scenario } from '../scenario.ts'
import { endConnections } from '../world/end-connections.ts'

/** What a query may take, here and there. */
const PENDING_MS = 10_000

export const postgresLost: Scenario = {
  name: 'postgres-lost',
  about: 'Postgres restarts at once every few seconds under load, or every connection to it is ended',
  async run({ isShort, random, openWorld }) {
    await using world = await openWorld({ apis: 2, workers: 2 })
    const { postgres } = world.stores
    const load = await startLoad(world)
    const times = createTimes(world, { isShort })
    await using backends = watchBackends(world)
    const rounds = isShort ? 4 : 20
    for (let round = 0; round < rounds; round += 1) {
      const submitting = load.submitMany(10, '[fault:slow=200]')
      await sleep(isShort ? random.between(100, 800) : random.between(3000, 7000))
      if (random.next() < 0.5) {
        await postgres.crash('SIGQUIT')
        await postgres.start()
      } else {
        await endConnections(world)
      }
      await submitting
    }
    times.note('the longest query of Postgres', PENDING_MS, (await backends.stop()).longestMs)
    times.note('the longest wait for an answer', PENDING_MS, load.slowestAnswerMs())
    return { faults: rounds, notes: times.notes(), ...(await audit(world, load)) }
  },
}
