import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { videoTasks } from '@reelay/db/schema'
import { Redis } from 'ioredis'
import { audit } from '../audit/audit.ts'
import type { BilledJob } from '../audit/evidence.ts'
import { type Load, startLoad } from '../load/load.ts'
import type { Wish } from '../load/wishes.ts'
import { stallsOf } from '../measure/jobs.ts'
import { seconds, stopwatch } from '../measure/times.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'
import { production } from '../world/timers.ts'
import type { World } from '../world/world.ts'

/** What a worker had in hand at that moment can neither be put back nor keep its lock; it comes back by itself. */
const MOST_STALLS = 2
const MOST_LINES_PER_SECOND = 20
const POLL_INTERVAL_MS = 5000

type Harm = {
  name: string
  /** Takes all the room there is; returns how to give it back. */
  fill: (world: World) => Promise<() => unknown>
  /** Time from having room again until upstream has accepted a new task, and all that had to wait. */
  worksWithinMs: number
}

const harms: Harm[] = [
  { name: 'Redis without memory', fill: fillMemory, worksWithinMs: 5000 },
  { name: 'Redis without disk', fill: ({ dir }) => fillDisk(join(dir, 'redis')), worksWithinMs: 10_000 },
  {
    name: 'Postgres without disk',
    fill: ({ dir }) => fillDisk(join(dir, 'postgres')),
    worksWithinMs: 10_000,
  },
]

/** With the timers that operators get. Needs root, for disks of its own. */
export const storageFull: Scenario = {
  name: 'storage-full',
  about: 'Redis has no memory left, then no disk, then Postgres has none',
  isOnDemand: true,
  async run({ isShort, openWorld }) {
    const disks = { redis: '64m', postgres: '400m' }
    await using world = await openWorld({ apis: 2, workers: 2, timers: production, disks })
    const load = await startLoad(world)
    const notes: string[] = []
    for (const harm of harms) notes.push(...(await doHarm(world, load, harm, isShort ? 3000 : 10_000)))
    return { faults: harms.length, notes, ...(await audit(world, load, { endWithinMs: 120_000 })) }
  },
}

async function doHarm(world: World, load: Load, { name, fill, worksWithinMs }: Harm, fullMs: number) {
  const expect = (happened: boolean, problem: string) => world.expect(happened, `${name}: ${problem}`)
  await allAccepted(world, await load.submitMany(10))
  const countLines = lineCounter(world)

  const giveBack = await fill(world)
  const sent = load.wishes.length
  const submitting = Promise.all(Array.from({ length: 20 }, () => load.submit(padding())))
  await sleep(fullMs)
  const wishes = load.wishes.slice(sent)
  const refused = wishes.filter(({ videoId }) => !videoId)
  const waiting = wishes.length - (await acceptedOf(world, wishes)).length
  const { beside, requests } = countLines()
  const billed = await billedPrompts(world)
  expect(waiting > 0, 'did no harm')
  expect(!refused.some(({ prompt }) => billed.has(prompt)), 'upstream made what was refused here')

  const inFlight = await videosInFlight(world)
  await giveBack()
  const since = stopwatch()
  const [newMs, oldMs, pollMs] = await Promise.all([
    load
      .submit()
      .then((wish) => allAccepted(world, [wish]))
      .then(since),
    submitting.then(() => allAccepted(world, wishes)).then(since),
    allPolled(world, inFlight).then(since),
  ])

  expect(newMs <= worksWithinMs, `works after ${seconds(newMs)}`)
  expect(oldMs <= worksWithinMs, `the last waiting task was taken after ${seconds(oldMs)}`)
  expect(pollMs <= worksWithinMs + POLL_INTERVAL_MS, `the last poll came after ${seconds(pollMs)}`)
  const stalls = await stallsOf(world)
  expect(stalls <= MOST_STALLS, `${stalls} jobs stalled`)
  expect(beside <= MOST_LINES_PER_SECOND, `${beside.toFixed(1)} log lines a second`)
  return [
    `${name}: ${waiting} of ${wishes.length} new tasks had to wait, ${refused.length} of them outside`,
    `  with room again a new one was accepted after ${seconds(newMs)}, the last of those after ${seconds(oldMs)}, ` +
      `and all ${inFlight.length} in flight were polled after ${seconds(pollMs)}`,
    `  ${stalls} jobs had stalled; at most ${beside.toFixed(1)} log lines a second and process beside those of its ${requests.toFixed(1)} requests`,
  ]
}

async function fillMemory({ stores }: World) {
  const redis = new Redis(stores.redis.url)
  await redis.config('SET', 'maxmemory', '1mb')
  return async () => {
    await redis.config('SET', 'maxmemory', '0')
    redis.disconnect()
  }
}

async function fillDisk(folder: string) {
  const filler = join(folder, 'filler')
  try {
    for (;;) writeFileSync(filler, Buffer.alloc(64 * 1024), { flag: 'a' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
  return () => rmSync(filler)
}

/** Nothing that Postgres could compress, and more than the few free pages of a table hold. */
function padding(): string {
  return randomBytes(10_000).toString('hex')
}

async function acceptedOf({ db }: World, wishes: Wish[]): Promise<string[]> {
  const rows = await db.select().from(videoTasks)
  const wished = new Set(wishes.map(({ videoId }) => videoId))
  const accepted = rows.filter(
    ({ videoId, externalTaskId }) => wished.has(videoId) && externalTaskId !== null,
  )
  return accepted.map(({ videoId }) => videoId)
}

function allAccepted(world: World, wishes: Wish[]): Promise<unknown> {
  return until(async () => (await acceptedOf(world, wishes)).length === wishes.length, {
    withinMs: 90_000,
    what: 'tasks are accepted by upstream',
  })
}

async function videosInFlight({ db }: World): Promise<string[]> {
  const rows = await db.select().from(videoTasks)
  return rows.flatMap(({ status, externalTaskId }) => (status === 'PROCESSING' && externalTaskId) || [])
}

async function allPolled({ admin }: World, externalIds: string[]): Promise<unknown> {
  const from = Date.now()
  const isPolled = async () => {
    const seen = await admin<{ method: string; path: string; at: number }[]>('requests')
    const polls = seen.filter(({ method, at }) => method === 'GET' && at >= from)
    return externalIds.every((id) => polls.some(({ path }) => path.endsWith(id)))
  }
  return until(isPolled, { withinMs: 90_000, what: 'videos in flight are polled' })
}

async function billedPrompts({ admin }: World): Promise<Set<string>> {
  const { jobs } = await admin<{ jobs: BilledJob[] }>('bill')
  return new Set(jobs.map(({ prompt }) => prompt))
}

/** The line of every request, and one more of each that Postgres refused. */
const ofRequest = /"msg":"(request completed|postgres unavailable)"/

/**
 * The log lines of the process that writes most and its requests, a second. The load asks as fast as it is refused, so
 * that the lines of its requests are left out; everything else counts, at whatever level.
 */
function lineCounter({ dir, apis, workers }: World) {
  const count = () =>
    [...apis, ...workers].map(({ name }) => {
      const lines = readFileSync(join(dir, 'logs', `${name}.log`), 'utf8').split('\n')
      return {
        beside: lines.filter((line) => !ofRequest.test(line)).length,
        requests: lines.filter((line) => line.includes('"msg":"request completed"')).length,
      }
    })
  const before = count()
  const since = stopwatch()
  return () => {
    const perSecond = 1000 / since()
    const after = count()
    const most = (of: 'beside' | 'requests') =>
      perSecond * Math.max(...after.map((counts, i) => counts[of] - (before[i]?.[of] ?? 0)))
    return { beside: most('beside'), requests: most('requests') }
  }
}
