import { jobId } from '@reelay/contracts/jobs'
import { isTerminal } from '@reelay/contracts/lifecycle'
import { submissions, videoTasks } from '@reelay/db/schema'
import { eq } from 'drizzle-orm'
import { audit, settled } from '../audit/audit.ts'
import type { BilledJob } from '../audit/evidence.ts'
import { startLoad } from '../load/load.ts'
import type { Wish } from '../load/wishes.ts'
import { jobIds, jobOf } from '../measure/jobs.ts'
import { createTimes } from '../measure/times.ts'
import type { Context, Scenario } from '../scenario.ts'
import { until } from '../until.ts'
import { quick } from '../world/timers.ts'
import type { World } from '../world/world.ts'

const SUBMIT_TIMEOUT_MS = 6000
/** The next worker starts while answers are held, so that it finds their jobs taken. */
const timers = { ...quick, SORA_SUBMIT_TIMEOUT_MS: String(SUBMIT_TIMEOUT_MS), RECONCILE_WINDOW_MS: '7000' }
const BACK_WITHIN_MS = Number(quick.LOCK_DURATION_MS) + Number(quick.STALLED_INTERVAL_MS) + 1000
/** Before that a record without an outcome may still be on its way. */
const JUDGED_AFTER_MS = Number(quick.SEND_WINDOW_MS) + SUBMIT_TIMEOUT_MS + 5000
const LIST_PAGE_MS = 1000

export const answerHeld: Scenario = {
  name: 'answer-held',
  about: 'kill -9 of the worker when upstream has accepted and the answer is on its way',
  isOnDemand: true,
  upstream: 'has a list of prompts',
  run: (context) => killBeforeAnswer(context, true),
}

export const answerHeldWithoutList: Scenario = {
  name: 'answer-held-no-list',
  about: 'the same at an upstream without a list: nothing is paid twice, everything ends as unknown',
  isOnDemand: true,
  run: (context) => killBeforeAnswer(context, false),
}

async function killBeforeAnswer({ isShort, openWorld }: Context, hasList: boolean) {
  await using world = await openWorld({
    workers: 0,
    hasProxy: true,
    timers,
    hasList,
  })
  const load = await startLoad(world)
  const times = createTimes(world, { isShort })
  const kills = isShort ? 1 : 20
  let worker = await world.readyWorker()
  for (let kill = 1; kill <= kills; kill += 1) {
    world.proxy?.set('hold-posts')
    const wishes = await load.submitMany(10)
    const made = async () => (await world.admin<{ jobs: BilledJob[] }>('bill')).jobs.length === 10 * kill
    await until(made, { withinMs: 20_000, what: 'ten more videos made' })
    const next = await world.readyWorker()
    const unanswered = await world.db.select().from(submissions).where(eq(submissions.outcome, 'sending'))
    await worker.kill()
    world.expect(unanswered.length === 10, `${10 - unanswered.length} of ten answers came before the kill`)
    world.proxy?.set('pass')
    await times.until('ten tasks were back in work', BACK_WITHIN_MS, () => areFollowed(world, wishes))
    await settled(world, 60_000)
    worker = next
  }
  times.note('the longest search after its time had come', LIST_PAGE_MS, await longestSearchMs(world))
  const verdict = await audit(world, load)
  const wanted = hasList ? 'COMPLETED' : 'submission_unknown'
  if (verdict.counts.ends[wanted] !== 10 * kills) verdict.violations.push(`not every task ended as ${wanted}`)
  return { faults: kills, notes: times.notes(), ...verdict }
}

/** Whether a worker looks for the video of each or polls it, but for those that have ended. */
async function areFollowed(world: World, wishes: Wish[]): Promise<boolean> {
  const [searches, polls] = await Promise.all([jobIds(world, 'reconcile'), jobIds(world, 'poll')])
  const rows = await world.db.select().from(videoTasks)
  const asked = new Set(wishes.map(({ videoId }) => videoId))
  const ours = rows.filter(({ videoId }) => asked.has(videoId))
  return ours.every((row) => {
    return isTerminal(row.status) || searches.has(jobId(row.videoId, 1)) || polls.has(jobOf(row))
  })
}

async function longestSearchMs({ db }: World): Promise<number> {
  const rows = await db.select().from(submissions)
  const ages = rows.map(({ startedAt, settledAt }) => Number(settledAt) - Number(startedAt))
  return Math.max(...ages) - JUDGED_AFTER_MS
}
