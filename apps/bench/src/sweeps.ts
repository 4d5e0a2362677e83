import type { Lane } from '@reelay/contracts/lanes'
import { createLedger } from '@reelay/db/ledger'
import { createTasks } from '@reelay/db/tasks'
import { createQueues, type Queues } from '@reelay/queue/queues'
import { pino } from 'pino'
import { sweep } from '../../worker/src/sweep.ts'
import type { Figure } from './figure.ts'
import { median } from './statistics.ts'
import { insertProcessing } from './tasks.ts'
import type { World, WorldBench } from './world.ts'

const COUNT = 50_000
const PASSES = 5
/** No lane is due meanwhile. */
const INTERVAL_MS = 600_000
/** A fifth of what it took when each task had a job. */
const LONGEST_MS = 93

/** One pass of the sweep over everything in flight: while lanes wait for their time, and while all wait for a worker. */
export const sweeps: WorldBench = async (world) => {
  await insertProcessing(world, COUNT)
  const tasks = createTasks(world.db)
  const lanes = await tasks.lanes()
  const queues = createQueues({ connection: world.redis, prefix: world.prefix })
  const figures: Figure[] = []
  for (const [what, delayMs] of [
    ['all waiting for their time', INTERVAL_MS],
    ['all due and waiting for a worker', 0],
  ] as const) {
    await enqueue(queues, lanes, delayMs)
    figures.push({
      name: `sweep of 50 000, ${what}`,
      ours: await passMs(world, queues),
      unit: 'ms',
      target: LONGEST_MS,
      isMoreBetter: false,
    })
    await Promise.all(lanes.map((lane) => queues.remove('poll', lane)))
  }
  await queues.close()
  return figures
}

async function enqueue(queues: Queues, lanes: Lane[], delayMs: number): Promise<void> {
  await Promise.all(lanes.map((lane) => queues.enqueuePoll(lane, delayMs)))
}

async function passMs({ db }: World, queues: Queues): Promise<number> {
  const deps = {
    tasks: createTasks(db),
    ledger: createLedger(db),
    queues,
    upstreams: { clientOf: () => undefined },
    throttle: { read: async () => ({ now: Date.now(), factor: 1 }) },
    pollIntervalMs: INTERVAL_MS,
    log: pino({ level: 'silent' }),
  }
  const passes: number[] = []
  for (let pass = 0; pass < PASSES; pass += 1) {
    const startedAt = performance.now()
    await sweep(deps)
    passes.push(performance.now() - startedAt)
  }
  return median(passes)
}
