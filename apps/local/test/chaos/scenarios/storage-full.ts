import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { audit } from '../audit.ts'
import { type Load, startLoad } from '../load.ts'
import type { Scenario } from '../scenario.ts'
import type { World } from '../world.ts'

const MOST_LINES_PER_SECOND = 20
/** Tasks that the few free pages of a table can't hold. */
const padding = 'x'.repeat(20_000)

/** Rows 8 and 26 of the fault matrix. Needs root, for disks of its own. */
export const storageFull: Scenario = {
  name: 'storage-full',
  about: 'Redis has no memory left, then no disk, then Postgres has none',
  isOnDemand: true,
  async run({ isShort, openWorld }) {
    await using world = await openWorld({ apis: 2, workers: 2, disks: { redis: '64m', postgres: '400m' } })
    const load = await startLoad(world)
    const fullMs = isShort ? 3000 : 10_000
    const notes: string[] = []
    const harms = {
      'Redis without memory': () => withoutMemory(world, () => underLoad(load, fullMs)),
      'Redis without disk': () => withFullDisk(join(world.dir, 'redis'), () => underLoad(load, fullMs)),
      'Postgres without disk': () => withFullDisk(join(world.dir, 'postgres'), () => underLoad(load, fullMs)),
    }
    for (const [name, harm] of Object.entries(harms)) {
      await load.submitMany(10)
      const before = logLines(world)
      const startedAt = performance.now()
      await harm()
      const tookS = (performance.now() - startedAt) / 1000
      const rate = Math.max(...logLines(world).map((lines, i) => (lines - (before[i] ?? 0)) / tookS))
      notes.push(`${name}: at most ${rate.toFixed(1)} log lines a second and process`)
      world.expect(rate <= MOST_LINES_PER_SECOND, `${name}: ${rate.toFixed(1)} log lines a second`)
    }
    return { faults: notes.length, notes, ...(await audit(world, load)) }
  },
}

/** Requests that go on until there is room again; answers what they come to. */
async function underLoad(load: Load, ms: number): Promise<{ submitting: Promise<unknown> }> {
  const submitting = load.submitMany(20, padding)
  await sleep(ms)
  return { submitting }
}

type During = () => Promise<{ submitting: Promise<unknown> }>

async function withoutMemory({ stores }: World, during: During) {
  const redis = new Redis(stores.redis.url)
  await redis.config('SET', 'maxmemory', '1mb')
  const { submitting } = await during()
  await redis.config('SET', 'maxmemory', '0')
  redis.disconnect()
  return submitting
}

async function withFullDisk(folder: string, during: During) {
  const filler = join(folder, 'filler')
  try {
    for (;;) writeFileSync(filler, Buffer.alloc(64 * 1024), { flag: 'a' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
  const { submitting } = await during()
  rmSync(filler)
  return submitting
}

/** Of warnings and errors, by process, but for those of a request, which are as many as there are requests. */
function logLines({ dir, apis, workers }: World): number[] {
  return [...apis, ...workers].map(({ name }) => {
    const text = readFileSync(join(dir, 'logs', `${name}.log`), 'utf8')
    const lines = text.split('\n').filter((line) => /"level":[456]0/.test(line) && !line.includes('"reqId"'))
    return lines.length
  })
}
