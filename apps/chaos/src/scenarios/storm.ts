import { setTimeout as sleep } from 'node:timers/promises'
import { audit, settled } from '../audit/audit.ts'
import { type Load, startLoad } from '../load/load.ts'
import type { Random } from '../random.ts'
import type { Scenario } from '../scenario.ts'
import type { World } from '../world/world.ts'

type Submission = { method: string; status: number | null; at: number }

const RETRY_AFTER_S = 2
const WORKERS = 2
const SUBMIT_CONCURRENCY = 10
const RATE_PER_MINUTE = 300
/** How far what is sent during a storm, and what is sent after it, may be from what is permitted. */
const MOST = 1.2
const LEAST = 0.9
const OPEN_AGAIN_MS = RETRY_AFTER_S * 1000 + 1000
/** For so long after a hold the tasks that were refused let others go first, each of them in turn at the rate. */
const OTHERS_FIRST_MS = 3000
const END_WITHIN_MS = 180_000

/** All slots may be sending when the first 429 comes; after that one submission a Retry-After is permitted. */
export const storm: Scenario = {
  name: 'storm',
  about: 'upstream answers 429 to every submission, then 503 to half of the polls',
  isOnDemand: true,
  async run({ isShort, random, openWorld }) {
    const env = { SUBMIT_CONCURRENCY: String(SUBMIT_CONCURRENCY) }
    await using world = await openWorld({ workers: WORKERS, env })
    const load = await startLoad(world)
    const seconds = isShort ? 6 : 60
    const { refused, clearedAt } = await refuse(world, load, isShort ? 40 : 300, seconds)
    const failed = await failHalf(world, isShort ? 80 : 1000, random)
    await settled(world, END_WITHIN_MS)

    const most = WORKERS * SUBMIT_CONCURRENCY + (MOST * seconds) / RETRY_AFTER_S
    world.expect(refused <= most, `${refused} submissions during 429, of which ${most} were permitted`)
    const { firstAfterMs } = await accepted(world, clearedAt, OPEN_AGAIN_MS)
    const notes = [
      `${refused} submissions in ${seconds} s of 429, at most ${most} were permitted; the next was accepted after ${firstAfterMs} ms`,
      `${failed} polls were answered 503`,
    ]
    return { faults: refused + failed, notes, ...(await auditAllCompleted(world, load)) }
  },
}

/** With a rate set it is known how fast the tasks that waited may go out afterwards. */
export const stormAtRate: Scenario = {
  name: 'storm-at-rate',
  about: 'upstream answers 429 to every submission, and then takes them as fast as the rate permits',
  isOnDemand: true,
  async run({ isShort, openWorld }) {
    const env = { SUBMIT_RATE_PER_MINUTE: String(RATE_PER_MINUTE) }
    await using world = await openWorld({ workers: WORKERS, env })
    const load = await startLoad(world)
    const { refused, clearedAt } = await refuse(world, load, isShort ? 30 : 300, isShort ? 4 : 20)
    await settled(world, END_WITHIN_MS)

    const { firstAfterMs, perMinute } = await accepted(world, clearedAt, OPEN_AGAIN_MS + OTHERS_FIRST_MS)
    world.expect(
      perMinute >= LEAST * RATE_PER_MINUTE,
      `${perMinute} a minute of ${RATE_PER_MINUTE} permitted`,
    )
    const notes = [
      `after 429 the next submission was accepted after ${firstAfterMs} ms, then ${perMinute} a minute of ${RATE_PER_MINUTE} permitted`,
    ]
    return { faults: refused, notes, ...(await auditAllCompleted(world, load)) }
  },
}

async function refuse(world: World, load: Load, tasks: number, seconds: number) {
  await world.admin('faults', { name: 'rate_limit', value: RETRY_AFTER_S, count: 100_000, scope: 'submit' })
  await Promise.all([load.submitMany(tasks), sleep(seconds * 1000)])
  await fetch(`${world.adminUrl}/faults`, { method: 'DELETE' })
  const refused = (await submissions(world)).filter(({ status }) => status === 429).length
  return { refused, clearedAt: Date.now() }
}

/** Answers 503 to half of the next polls; the others meet a delay of nothing. */
async function failHalf(world: World, polls: number, random: Random): Promise<number> {
  let failed = 0
  for (let i = 0; i < polls; i += 1) {
    const fails = random.next() < 0.5
    if (fails) failed += 1
    await world.admin('faults', { name: fails ? 'poll_error' : 'slow', value: 0, scope: 'retrieve' })
  }
  return failed
}

/** How soon after a storm a submission was accepted, and how many a minute from that one to the last. */
async function accepted(world: World, clearedAt: number, withinMs: number) {
  const times = (await submissions(world)).filter(({ status }) => status === 200).map(({ at }) => at)
  const [first, last] = [Math.min(...times), Math.max(...times)]
  const firstAfterMs = first - clearedAt
  world.expect(firstAfterMs <= withinMs, `nothing was accepted for ${firstAfterMs} ms`)
  return { firstAfterMs, perMinute: Math.round(((times.length - 1) * 60_000) / (last - first)) }
}

async function submissions({ admin }: World): Promise<Submission[]> {
  return (await admin<Submission[]>('requests')).filter(({ method }) => method === 'POST')
}

async function auditAllCompleted(world: World, load: Load) {
  const verdict = await audit(world, load)
  if (verdict.counts.ends.COMPLETED !== verdict.counts.tasks)
    verdict.violations.push('the storm failed a task')
  return verdict
}
