import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import { createTimes } from '../measure/times.ts'
import type { Scenario } from '../scenario.ts'
import type { Member } from '../world/member.ts'

const SPIN_MS = 3000
const LETS_GO_WITHIN_MS = 1000
const spin = new URL('../world/preload/spin.ts', import.meta.url).href

export const zombies: Scenario = {
  name: 'zombies',
  about: 'a worker stands still past its locks while another takes over, and then goes on',
  async run({ isShort, random, openWorld }) {
    await using world = await openWorld({ workers: 0 })
    const workers = [1, 2].map(() => world.addWorker({ imports: [spin], env: { SPIN_MS: String(SPIN_MS) } }))
    const load = await startLoad(world)
    const times = createTimes(world, { isShort })
    const rounds = isShort ? 2 : 20
    const goesOn: { zombie: Member; at: number }[] = []
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
        await sleep(SPIN_MS)
      }
      goesOn.push({ zombie, at: Date.now() })
    }
    const verdict = await audit(world, load)
    for (const [i, { zombie, at }] of goesOn.entries()) {
      const lostAt = lostLocksAt(zombie).find((time) => time >= at)
      if (lostAt !== undefined && lostAt < (goesOn[i + 1]?.at ?? Number.POSITIVE_INFINITY))
        times.note('a zombie let its jobs go', LETS_GO_WITHIN_MS, lostAt - at)
    }
    world.expect(isShort || times.notes().length > 0, 'no zombie ever lost a lock')
    return { faults: rounds, notes: times.notes(), ...verdict }
  },
}

function lostLocksAt({ logFile }: Member): number[] {
  const lines = readFileSync(logFile, 'utf8').split('\n')
  const lost = lines.filter((line) => line.includes('"msg":"locks lost'))
  return lost.map((line) => (JSON.parse(line) as { time: number }).time)
}
