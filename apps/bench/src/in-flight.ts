import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Figure } from './figure.ts'
import { percentile } from './statistics.ts'
import { enqueuePolls, insertProcessing } from './tasks.ts'
import { type Usage, usageOf } from './usage.ts'
import type { World, WorldBench } from './world.ts'

const INTERVAL_MS = 5000
const CONCURRENCY = 200
/** A poll of each is over, so that there is a time between two. */
const WARM_MS = 8000
const MEASURE_MS = 10_000

/** What one worker process made of its tasks in flight, and what it took; CPU in ms a second. */
type Load = {
  pollsASecond: number
  /** Nearly all were looked at twice: there is a lateness to speak of. */
  isKeepingUp: boolean
  lateness: { p50: number; p99: number }
  worker: Usage
  postgres: Usage
  redis: Usage
  redisKiBPerTask: number
}

/** Ten thousand in flight on one worker: how late it looks at them, and what it takes. */
export const lateness: WorldBench = async (world) => {
  const count = 10_000
  await insertProcessing(world, count)
  const bare = await loadOf(world, count, 'bare')
  const ours = await loadOf(world, count, 'ours')
  return figuresOf(count, ours, bare)
}

/** A tenth of it, and five times as much, which is more than one worker can do here. */
export const scale: WorldBench = async (world) => {
  const figures: Figure[] = []
  for (const count of [1000, 50_000]) {
    await world.db.execute(sql`truncate users, submissions cascade`)
    await insertProcessing(world, count)
    figures.push(...figuresOf(count, await loadOf(world, count, 'ours')))
  }
  return figures
}

type FigureOf = (what: string, unit: string, of: (load: Load) => number) => Figure

async function loadOf(world: World, count: number, side: 'ours' | 'bare'): Promise<Load> {
  const { processes, services, redis } = world
  const emptyBytes = await usedBytes(world)
  const queue = await enqueuePolls(world, { count, intervalMs: INTERVAL_MS, bare: side === 'bare' })
  const redisKiBPerTask = ((await usedBytes(world)) - emptyBytes) / count / 1024
  const { pid } =
    side === 'ours'
      ? await processes.worker({ POLL_CONCURRENCY: String(CONCURRENCY) })
      : await processes.bare('bare-poller', {
          redisUrl: world.redisUrl,
          prefix: world.barePrefix,
          origin: world.upstream.origin,
          intervalMs: INTERVAL_MS,
          concurrency: CONCURRENCY,
        })
  await sleep(WARM_MS)

  const pids = [pid, services.postgres?.pid, services.redis?.pid]
  const before = pids.map(usage)
  await world.measured()
  const startedAt = performance.now()
  await sleep(MEASURE_MS)
  const { looks, gaps } = await world.measured()
  const seconds = (performance.now() - startedAt) / 1000
  const [worker, postgres, redisServer] = pids.map((each, i) => ({
    cpuMs: (usage(each).cpuMs - (before[i]?.cpuMs ?? 0)) / seconds,
    rssMiB: usage(each).rssMiB,
  })) as [Usage, Usage, Usage]

  await processes.stop([pid])
  await queue.obliterate({ force: true })
  await queue.close()
  await redis.ping()
  const late = gaps.map((gap) => gap - INTERVAL_MS)
  return {
    pollsASecond: looks / seconds,
    isKeepingUp: looks / seconds > (0.8 * count * 1000) / INTERVAL_MS,
    lateness: { p50: percentile(late, 0.5), p99: percentile(late, 0.99) },
    worker,
    postgres,
    redis: redisServer,
    redisKiBPerTask,
  }
}

function figuresOf(count: number, ours: Load, bare?: Load): Figure[] {
  const name = (what: string) => `${count.toLocaleString('en-US').replaceAll(',', ' ')} in flight: ${what}`
  const figure: FigureOf = (what, unit, of) => ({
    name: name(what),
    ours: of(ours),
    bare: bare && of(bare),
    unit,
    isMoreBetter: false,
  })
  return [
    { ...figure('polls', 'polls/s', (load) => load.pollsASecond), isMoreBetter: true },
    figure('time between two polls of a task', 's', (load) => count / load.pollsASecond),
    ...(ours.isKeepingUp ? latenessOf(figure) : []),
    figure('worker CPU', '% of a core', (load) => load.worker.cpuMs / 10),
    figure('worker CPU of a poll', 'ms', (load) => load.worker.cpuMs / load.pollsASecond),
    figure('worker memory', 'MiB', (load) => load.worker.rssMiB),
    {
      ...figure('Postgres CPU of a poll', 'ms', (load) => load.postgres.cpuMs / load.pollsASecond),
      bare: undefined,
    },
    figure('Redis CPU of a poll', 'ms', (load) => load.redis.cpuMs / load.pollsASecond),
    figure('Redis memory of a task', 'KiB', (load) => load.redisKiBPerTask),
  ]
}

function latenessOf(figure: FigureOf): Figure[] {
  const p99 = figure('lateness p99', 'ms', ({ lateness }) => lateness.p99)
  return [
    figure('lateness p50', 'ms', ({ lateness }) => lateness.p50),
    p99,
    ...(p99.bare === undefined ? [] : [{ ...p99, bare: undefined, target: 300 }]),
  ]
}

function usage(pid: number | undefined): Usage {
  return pid === undefined ? { cpuMs: Number.NaN, rssMiB: Number.NaN } : usageOf(pid)
}

async function usedBytes({ redis }: World): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])
}
