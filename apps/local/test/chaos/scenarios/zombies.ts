import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../audit.ts'
import { startLoad } from '../load.ts'
import type { Scenario } from '../scenario.ts'

const spin = new URL('../preload/spin.ts', import.meta.url).href

/** Two workers on one job. */
export const zombies: Scenario = {
  name: 'zombies',
  about: 'a worker stands still past its locks while another takes over, and then goes on',
  async run({ isShort, random, openWorld }) {
    await using world = await openWorld({ workers: 0 })
    const workers = [1, 2].map(() => world.addWorker({ imports: [spin], env: { SPIN_MS: '3000' } }))
    const load = await startLoad(world)
    const rounds = isShort ? 2 : 20
    for (let round = 0; round < rounds; round += 1) {
      await load.submitMany(15, '[fault:slow=300]')
      await sleep(random.between(0, 600))
      const zombie = random.pick(workers)
      if (round % 2 === 0) {
        zombie.signal('SIGSTOP')
        await sleep(random.between(1500, 3000))
        zombie.signal('SIGCONT')
      } else {
        zombie.signal('SIGUSR2')
        await sleep(3000)
      }
    }
    return { faults: rounds, ...(await audit(world, load)) }
  },
}
