import { setTimeout as sleep } from 'node:timers/promises'
import { videoTasks } from '@reelay/db/schema'
import { eq } from 'drizzle-orm'
import { audit, settled } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import { lateAtP99, pollGaps } from '../measure/poll-gaps.ts'
import { watchStrain } from '../measure/strain.ts'
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
const MOST_MEMORY_MB = 50
const MOST_LATE_MS = 1000
const END_WITHIN_MS = 120_000

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
    const [others, each, renderMs] = isShort ? [20, 10, 4000] : [50, 34, 20_000]
    await world.admin('script', { queuedMs: 0, renderMs })
    // A worker that has never had so much to do grows by that alone.
    await load.submitMany(others + each * faults.length)
    await settled(world, END_WITHIN_MS)

    const answers = watchStrain(world)
    await Promise.all([
      load.submitMany(others),
      ...faults.map((fault) => load.submitMany(each, `[fault:${fault}=${renderMs}]`)),
    ])
    await settled(world, END_WITHIN_MS)
    const { slotMs, memoryMb } = await answers.stop()
    const lateMs = await lateness(world)
    world.expect(slotMs <= MOST_SLOT_MS, `a poll held its slot for ${slotMs} ms`)
    world.expect(memoryMb <= MOST_MEMORY_MB, `a worker grew by ${memoryMb} MB`)
    world.expect(lateMs <= MOST_LATE_MS, `polls of others were ${lateMs} ms late`)

    const drip = watchStrain(world)
    await load.submitMany(2 * others)
    await allProcessing(world)
    world.proxy?.set('drip')
    await sleep(isShort ? 3000 : 10_000)
    world.proxy?.set('pass')
    await settled(world, END_WITHIN_MS)
    const dripped = await drip.stop()
    world.expect(
      dripped.slotMs <= MOST_SLOT_MS,
      `a poll whose answer dripped held its slot for ${dripped.slotMs} ms`,
    )

    await world.admin('script', {
      queuedMs: Number(quick.SIMULATOR_QUEUED_MS),
      renderMs: Number(quick.SIMULATOR_RENDER_MS),
    })
    const way = watchStrain(world)
    const rounds = isShort ? 1 : 6
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
    const broken = await way.stop()
    const notes = [
      `answers without end: a slot was held for ${slotMs} ms, a worker grew by ${memoryMb} MB, polls of others were ${lateMs} ms late at p99`,
      `a byte a second: a slot was held for ${dripped.slotMs} ms, a worker grew by ${dripped.memoryMb} MB`,
      `a broken way: a slot was held for ${broken.slotMs} ms, a worker grew by ${broken.memoryMb} MB`,
    ]
    const met = each * faults.length + 1 + rounds * modes.length
    return { faults: met, notes, ...(await audit(world, load)) }
  },
}

function allProcessing({ db }: World): Promise<unknown> {
  const waiting = () => db.$count(videoTasks, eq(videoTasks.status, 'QUEUED'))
  return until(async () => (await waiting()) === 0, { withinMs: 30_000, what: 'all are accepted' })
}

/** How late the polls of those were that met no fault, in ms at p99. */
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
