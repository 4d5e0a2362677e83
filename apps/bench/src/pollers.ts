import { join } from 'node:path'
import { keyPrefix } from '@reelay/queue/queues'
import { Queue } from 'bullmq'
import type { BarePollerOptions } from './bare-poller.ts'
import type { PgBossPollerOptions } from './pg-boss-poller.ts'
import { enqueueBarePolls } from './tasks.ts'
import type { World } from './world.ts'

/** What polls all tasks of a world: one process, or several. */
export type Poller = {
  pids: number[]
  pause: () => Promise<void>
  resume: () => Promise<void>
  /** Ends its processes and leaves what they have stored. */
  stop: () => Promise<void>
  clear: () => Promise<void>
}

export type ToPoll = { count: number; intervalMs: number }

const CONCURRENCY = 200
/** A dialect without a list, so that each video is asked for by itself. */
const UNLISTED = join(import.meta.dirname, 'unlisted.json')

/** Workers of ours, which find the lanes of all tasks by themselves. */
export async function startOurs(
  { processes, redis, prefix }: World,
  { intervalMs, lists = false, workers = 1 }: ToPoll & { lists?: boolean; workers?: number },
): Promise<Poller> {
  const queue = new Queue('poll', { connection: redis, prefix: keyPrefix(prefix) })
  const environment = {
    POLL_INTERVAL_MS: String(intervalMs),
    POLL_CONCURRENCY: String(CONCURRENCY),
    SORA_DIALECT: lists ? 'openai' : UNLISTED,
  }
  const started = await Promise.all(Array.from({ length: workers }, () => processes.worker(environment)))
  const pids = started.map(({ pid }) => pid)
  return { pids, ...controlsOf(queue), stop: () => processes.stop(pids) }
}

export async function startBare(world: World, toPoll: ToPoll): Promise<Poller> {
  const queue = await enqueueBarePolls(world, toPoll)
  const { pid } = await world.processes.bare('bare-poller', {
    redisUrl: world.redisUrl,
    prefix: world.barePrefix,
    origin: world.upstream.origin,
    intervalMs: toPoll.intervalMs,
    concurrency: CONCURRENCY,
  } satisfies BarePollerOptions)
  return { pids: [pid], ...controlsOf(queue), stop: () => world.processes.stop([pid]) }
}

export async function startPgBoss(
  world: World,
  toPoll: ToPoll & Partial<PgBossPollerOptions>,
): Promise<Poller> {
  const { pid } = await world.processes.bare('pg-boss-poller', {
    databaseUrl: world.databaseUrl,
    origin: world.upstream.origin,
    ...toPoll,
  })
  const send = async (signal: NodeJS.Signals) => void process.kill(pid, signal)
  return {
    pids: [pid],
    pause: () => send('SIGSTOP'),
    resume: () => send('SIGCONT'),
    async stop() {
      await send('SIGCONT')
      await world.processes.stop([pid])
    },
    async clear() {
      await world.db.execute('drop schema pgboss cascade')
    },
  }
}

function controlsOf(queue: Queue): Pick<Poller, 'pause' | 'resume' | 'clear'> {
  return {
    pause: () => queue.pause(),
    resume: () => queue.resume(),
    async clear() {
      await queue.obliterate({ force: true })
      await queue.close()
    },
  }
}
