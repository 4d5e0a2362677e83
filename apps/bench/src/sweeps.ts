import { setTimeout as sleep } from 'node:timers/promises'
import { createLedger } from '@reelay/db/ledger'
import { createTasks } from '@reelay/db/tasks'
import { createQueues } from '@reelay/queue/queues'
import { pino } from 'pino'
import { sweep } from '../../worker/src/sweep.ts'
import type { Figure } from './figure.ts'
import { median } from './statistics.ts'
import { enqueuePolls, insertProcessing } from './tasks.ts'
import type { World, WorldBench } from './world.ts'

const COUNT = 50_000
const PASSES = 3

/** One pass of the sweep over everything in flight: while polls wait for their time, and while all are overdue. */
export const sweeps: WorldBench = async (world) => {
  await insertProcessing(world, COUNT)
  const figures: Figure[] = []
  for (const [what, intervalMs] of [
    ['all waiting for their time', 600_000],
    ['all due and waiting for a worker', 0],
  ] as const) {
    const queue = await enqueuePolls(world, { count: COUNT, intervalMs, bare: false })
    figures.push({
      name: `sweep of 50 000, ${what}`,
      ours: await passMs(world),
      unit: 'ms',
      isMoreBetter: false,
    })
    await queue.obliterate({ force: true })
    await queue.close()
  }
  return figures
}

async function passMs({ db, redis, prefix }: World): Promise<number> {
  const log = pino({ level: 'silent' })
  const queues = createQueues({ connection: redis, prefix })
  const deps = { tasks: createTasks(db), ledger: createLedger(db), queues, log }
  await sleep(1000)
  const passes: number[] = []
  for (let pass = 0; pass < PASSES; pass += 1) {
    const startedAt = performance.now()
    await sweep(deps)
    passes.push(performance.now() - startedAt)
  }
  await queues.close()
  return median(passes)
}
