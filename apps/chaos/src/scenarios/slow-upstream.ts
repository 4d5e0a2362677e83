import { setTimeout as sleep } from 'node:timers/promises'
import { videoTasks } from '@reelay/db/schema'
import { eq } from 'drizzle-orm'
import { audit, settled } from '../audit/audit.ts'
import { type Load, startLoad } from '../load/load.ts'
import { lateAtP99, pollGaps } from '../measure/poll-gaps.ts'
import { type Strain, watchStrain } from '../measure/strain.ts'
import type { Random } from '../random.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'
import type { ProxyMode } from '../world/proxy.ts'
import { quick } from '../world/timers.ts'
import type { World } from '../world/world.ts'

const faults = ['drip', 'endless', 'huge']
const modes: ProxyMode[] = ['drip', 'blackhole', 'cut', 'reset', 'hold']
/** Nobody dies here, so locks may be as long as they usually are; a busy machine breaks short ones. */
const timers = { ...quick, LOCK_DURATION_MS: '10000', STALLED_INTERVAL_MS: '5000' }
const POLL_INTERVAL_MS = Number(quick.POLL_INTERVAL_MS)
const MOST_SLOT_MS = Number(quick.SORA_POLL_TIMEOUT_MS) + 1000
/** V8 looks for buffers that nobody needs when there are 64 MB more of them. */
const MOST_MEMORY_MB = 100
const MOST_LATE_MS = 1000
const END_WITHIN_MS = 120_000

type Form = { others: number; each: number; renderMs: number; dripMs: number; rounds: number }
const forms: Record<'short' | 'long', Form> = {
  short: { others: 20, each: 10, renderMs: 4000, dripMs: 3000, rounds: 1 },
  long: { others: 50, each: 34, renderMs: 20_000, dripMs: 10_000, rounds: 6 },
}

/**
 * An upstream that answers without end costs no slot for long, holds little memory, and nothing of those that it answers
 * well. What a broken way to it costs is printed: a step may get one answer and wait for the next in vain, and a
 * search for lost answers reads page after page.
 */
export const slowUpstream: Scenario = {
  name: 'slow-upstream',
  about:
    'upstream answers polls without end; then the way to it drips, goes silent, cuts at the answer, resets',
  isOnDemand: true,
  async run({ isShort, random, openWorld }) {
    await using world = await openWorld({ hasProxy: true, timers })
    const load = await startLoad(world)
    const form = isShort ? forms.short : forms.long
    await world.admin('script', { queuedMs: 0, renderMs: form.renderMs })
    // A worker that has never had so much to do grows by that alone.
    await load.submitMany(form.others + form.each * faults.length)
    await settled(world, END_WITHIN_MS)

    const notes = [await answerWithoutEnd(world, load, form), await drip(world, load, form)]
    await world.admin('script', {
      queuedMs: Number(quick.SIMULATOR_QUEUED_MS),
      renderMs: Number(quick.SIMULATOR_RENDER_MS),
    })
    notes.push(await breakTheWay(world, load, { random, rounds: form.rounds }))
    const met = form.each * faults.length + 1 + form.rounds * modes.length
    return { faults: met, notes, ...(await audit(world, load)) }
  },
}

async function answerWithoutEnd(world: World, load: Load, { others, each, renderMs }: Form): Promise<string> {
  const strain = watchStrain(world)
  await Promise.all([
    load.submitMany(others),
    ...faults.map((fault) => load.submitMany(each, `[fault:${fault}=${renderMs}]`)),
  ])
  await settled(world, END_WITHIN_MS)
  const { slotMs, memoryMb } = await strain.stop()
  const lateMs = await lateness(world)
  world.expect(slotMs <= MOST_SLOT_MS, `a poll held its slot for ${slotMs} ms`)
  world.expect(memoryMb <= MOST_MEMORY_MB, `a worker grew by ${memoryMb} MB`)
  world.expect(lateMs <= MOST_LATE_MS, `polls of others were ${lateMs} ms late`)
  return `answers without end: ${told({ slotMs, memoryMb })}, polls of others were ${lateMs} ms late at p99`
}

async function drip(world: World, load: Load, { others, dripMs }: Form): Promise<string> {
  const strain = watchStrain(world)
  await load.submitMany(2 * others)
  await allProcessing(world)
  world.proxy?.set('drip')
  await sleep(dripMs)
  world.proxy?.set('pass')
  await settled(world, END_WITHIN_MS)
  const dripped = await strain.stop()
  const isSoonOver = dripped.slotMs <= MOST_SLOT_MS
  world.expect(isSoonOver, `a poll whose answer dripped held its slot for ${dripped.slotMs} ms`)
  return `a byte a second: ${told(dripped)}`
}

async function breakTheWay(
  world: World,
  load: Load,
  { random, rounds }: { random: Random; rounds: number },
): Promise<string> {
  const strain = watchStrain(world)
  for (let round = 0; round < rounds; round += 1) {
    for (const mode of modes) {
      await load.submitMany(10)
      await sleep(random.between(0, 500))
      world.proxy?.set(mode)
      await load.submitMany(10)
      await sleep(3000)
      world.proxy?.set('pass')
    }
  }
  await settled(world, END_WITHIN_MS)
  return `a broken way: ${told(await strain.stop())}`
}

function told({ slotMs, memoryMb }: Strain): string {
  return `a slot was held for ${slotMs} ms, a worker grew by ${memoryMb} MB`
}

function allProcessing({ db }: World): Promise<unknown> {
  const { videoId, status } = videoTasks
  const waiting = () => db.select({ videoId }).from(videoTasks).where(eq(status, 'QUEUED'))
  return until(async () => (await waiting()).length === 0, { withinMs: 30_000, what: 'all are accepted' })
}

async function lateness(world: World): Promise<number> {
  const rows = await world.db.select().from(videoTasks)
  const met = new Set(
    rows.filter(({ prompt }) => prompt.includes('[fault:')).map((row) => row.externalTaskId),
  )
  const gaps = await pollGaps(world)
  return lateAtP99(
    gaps.filter(({ externalTaskId }) => !met.has(externalTaskId as never)),
    POLL_INTERVAL_MS,
  )
}
