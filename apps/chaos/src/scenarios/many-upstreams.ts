import { setTimeout as sleep } from 'node:timers/promises'
import { isTerminal, taskStatuses } from '@reelay/contracts/lifecycle'
import { videoTasks } from '@reelay/db/schema'
import { inArray } from 'drizzle-orm'
import { audit, settled } from '../audit/audit.ts'
import { watchCredentials } from '../audit/credential-history.ts'
import { billOf } from '../audit/evidence.ts'
import { auditWaiting } from '../audit/waits-for-none.ts'
import { type Load, startLoad } from '../load/load.ts'
import type { User } from '../load/users.ts'
import { seconds } from '../measure/times.ts'
import type { Scenario } from '../scenario.ts'
import { PATIENCE, until } from '../until.ts'
import { createKeyHarms } from '../world/harm-keys.ts'
import { quick, steady } from '../world/timers.ts'
import type { UpstreamPlan } from '../world/upstreams.ts'
import type { World } from '../world/world.ts'

type Range = [least: number, most: number]

/**
 * `sources` of the tasks are first videos that later ones are made from. One of the keys has a limit of
 * `submitsPerMinute`.
 */
type Form = {
  tasks: number
  sources: number
  users: number
  workers: number
  timers: Record<string, string>
  maxInFlight: number
  submitsPerMinute: number
  mostUnfinished: number
  pauseMs: Range
  brokenMs: Range
}

const short: Form = {
  tasks: 150,
  sources: 24,
  users: 3,
  workers: 2,
  timers: quick,
  maxInFlight: 4,
  submitsPerMinute: 30,
  mostUnfinished: 30,
  pauseMs: [300, 1500],
  brokenMs: [1000, 3000],
}
const long: Form = {
  tasks: 10_000,
  sources: 60,
  users: 10,
  workers: 4,
  timers: steady,
  maxInFlight: 20,
  submitsPerMinute: 120,
  mostUnfinished: 180,
  pauseMs: [1000, 6000],
  brokenMs: [2000, 15_000],
}

const unfinishedStatuses = taskStatuses.filter((status) => !isTerminal(status))
const BATCH = 10
const END_WITHIN_MS = 300_000
/** A task that waits for its turn asks again within 6 s, and one whose worker died is somebody else's within 4 s. */
const MOST_IDLE_MS = 10_000 * PATIENCE
/** What was sent with a key before it was given back may be answered, or given up, after that. */
const NEWS_MS = 5000 * PATIENCE

export const manyUpstreams: Scenario = {
  name: 'many-upstreams',
  about:
    'three upstreams with two keys each; workers are killed, keys revoked and given back, upstreams stopped',
  upstream: 'several of its own',
  isOnDemand: true,
  async run({ isShort, openWorld }) {
    const form = isShort ? short : long
    const { workers, timers } = form
    await using world = await openWorld({ apis: 2, workers, timers, upstreams: plansOf(form) })
    await watchCredentials(world.db)
    const load = await startLoad(world, { users: form.users })
    const sources = await makeSources(world, load, form)
    const harms = createKeyHarms(world)
    const counts = await harmWhile(submitAll(world, load, { sources, form }), { world, harms, form })
    await settled(world, END_WITHIN_MS * PATIENCE).catch(() => {})

    const verdict = await audit(world, load)
    const { broken } = harms
    const waiting = await auditWaiting(world, { broken, idleMs: MOST_IDLE_MS, newsMs: NEWS_MS })
    verdict.violations.push(...waiting.violations, ...unwanted(verdict.counts.ends))
    const notes = [
      Object.entries(counts)
        .map(([harm, times]) => `${times} ${harm}`)
        .join(', '),
      `a free key began nothing beside a task that it could make for ${seconds(waiting.longestMs)} at most`,
      ...(await Promise.all(world.upstreams.map(told))),
    ]
    const faults = Object.values(counts).reduce((sum, times) => sum + times, 0)
    return { ...verdict, faults, notes }
  },
}

/** Two dialects whose lists tell of prompts, and one that finds what it lost by the source alone. */
function plansOf({ maxInFlight, submitsPerMinute }: Form): UpstreamPlan[] {
  const a = { name: 'a', maxInFlight }
  const b = { name: 'b', maxInFlight }
  return [
    { name: 'north', dialect: 'openai', keys: [a, b], hasProxy: true },
    { name: 'south', dialect: 'azure', keys: [a, { ...b, submitsPerMinute }], hasProxy: true },
    { name: 'east', dialect: 'litellm', keys: [a, b], hasProxy: true },
  ]
}

/** By user the finished videos that later tasks are remixes of, with some of every key. */
async function makeSources(world: World, load: Load, { sources }: Form): Promise<Map<User, string[]>> {
  const wishes = await load.submitMany(sources)
  await settled(world, END_WITHIN_MS)
  const rows = await world.db.select({ credential: videoTasks.credential }).from(videoTasks)
  const makers = new Set(rows.map(({ credential }) => credential))
  const keys = world.upstreams.flatMap((upstream) => upstream.keys)
  world.expect(makers.size === keys.length, `the sources are of ${makers.size} keys, not of ${keys.length}`)
  const byUser = Map.groupBy(wishes, ({ user }) => user)
  return new Map([...byUser].map(([user, own]) => [user, own.map(({ videoId }) => videoId as string)]))
}

/** First videos and remixes, never with more unfinished than a few more than all keys make at a time. */
async function submitAll(
  world: World,
  load: Load,
  { sources, form }: { sources: Map<User, string[]>; form: Form },
): Promise<void> {
  const { random } = world
  const left = form.tasks - form.sources
  for (let sent = 0; sent < left; sent += BATCH) {
    const hasRoom = async () => (await countUnfinished(world)) < form.mostUnfinished
    await until(hasRoom, { withinMs: END_WITHIN_MS, everyMs: 100, what: 'room for more' })
    await Promise.all(
      Array.from({ length: Math.min(BATCH, left - sent) }, () => {
        const user = random.pick(load.users)
        const own = sources.get(user) ?? []
        const isRemix = own.length > 0 && random.next() < 0.5
        return load.submit('', { user, ...(isRemix && { source: random.pick(own) }) })
      }),
    )
  }
}

async function countUnfinished({ db }: World): Promise<number> {
  const unfinished = await db
    .select({ videoId: videoTasks.videoId })
    .from(videoTasks)
    .where(inArray(videoTasks.status, unfinishedStatuses))
  return unfinished.length
}

type Scene = { world: World; harms: ReturnType<typeof createKeyHarms>; form: Form }

/** Does harm, each kind once and then any, until all is submitted. Returns how often it did which. */
async function harmWhile(submitting: Promise<void>, { world, harms, form }: Scene) {
  const { random, workers } = world
  const within = ([least, most]: Range) => random.between(least, most)
  const kinds = {
    async 'workers killed'() {
      const victim = random.pick(workers)
      await victim.kill()
      victim.start()
    },
    'keys revoked and given back': () => harms.revokeOne(within(form.brokenMs)),
    'upstreams stopped': () => harms.stopOne(within(form.brokenMs)),
  }
  const counts: Record<string, number> = {}
  let isOver = false
  const over = submitting.finally(() => {
    isOver = true
  })
  const names = Object.keys(kinds) as (keyof typeof kinds)[]
  for (let harm = 0; !isOver || harm < names.length; harm += 1) {
    const name = names[harm] ?? random.pick(names)
    counts[name] = (counts[name] ?? 0) + 1
    await kinds[name]()
    await sleep(within(form.pauseMs))
  }
  await over
  return counts
}

/** Nothing but a lost answer that can't be found fails a task here. */
function unwanted(ends: Record<string, number>): string[] {
  return Object.entries(ends)
    .filter(([end]) => end !== 'COMPLETED' && end !== 'submission_unknown')
    .map(([end, count]) => `${count} tasks ended as ${end}`)
}

async function told(upstream: World['upstreams'][number]): Promise<string> {
  const { mistakes, keys } = await billOf(upstream)
  const ofKeys = upstream.keys.map((plan) => {
    const { made = 0, mostRunning = 0 } = keys.find(({ name }) => name === plan.name) ?? {}
    return `${plan.name} made ${made}, ${mostRunning} at once of ${plan.maxInFlight}`
  })
  return `${upstream.name}: ${ofKeys.join('; ')}; ${mistakes.revokedKey} requests with a revoked key`
}
