import { setTimeout as sleep } from 'node:timers/promises'
import type { Queue } from 'bullmq'
import { middleRound, type Round } from './statistics.ts'
import { enqueuePolls, insertProcessing } from './tasks.ts'
import type { World, WorldBench } from './world.ts'

const TASKS = 2000
/** So short that every task is always due: what limits is the worker. */
const INTERVAL_MS = 50
const CONCURRENCY = 200
const ROUNDS = 7
const WARM_MS = 3000
const ROUND_MS = 1500

/** Looks at upstream a second by one worker process that has more due than it can do. */
export const polls: WorldBench = async (world) => {
  await insertProcessing(world, TASKS)
  const options = { count: TASKS, intervalMs: INTERVAL_MS }
  const ours = await enqueuePolls(world, { ...options, bare: false })
  const bare = await enqueuePolls(world, { ...options, bare: true })
  await Promise.all([ours.pause(), bare.pause()])
  await world.processes.worker({
    POLL_INTERVAL_MS: String(INTERVAL_MS),
    POLL_CONCURRENCY: String(CONCURRENCY),
  })
  await world.processes.bare('bare-poller', {
    redisUrl: world.redisUrl,
    prefix: world.barePrefix,
    origin: world.upstream.origin,
    intervalMs: INTERVAL_MS,
    concurrency: CONCURRENCY,
  })

  for (const queue of [ours, bare]) await looksASecond(world, queue, WARM_MS)
  const rounds: Round[] = []
  while (rounds.length < ROUNDS) {
    rounds.push({
      ours: await looksASecond(world, ours, ROUND_MS),
      bare: await looksASecond(world, bare, ROUND_MS),
    })
  }
  await Promise.all([ours.close(), bare.close()])
  return [{ name: 'polls of one worker', ...middleRound(rounds), unit: 'polls/s', target: 0.6 }]
}

async function looksASecond(world: World, queue: Queue, ms: number): Promise<number> {
  await queue.resume()
  await sleep(200)
  await world.measured()
  const startedAt = performance.now()
  await sleep(ms)
  const { looks } = await world.measured()
  const seconds = (performance.now() - startedAt) / 1000
  await queue.pause()
  await sleep(300)
  return looks / seconds
}
