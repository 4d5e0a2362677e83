import { readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import { allHaveJobs } from '../measure/jobs.ts'
import { lateAtP99, pollGaps } from '../measure/poll-gaps.ts'
import { createTimes } from '../measure/times.ts'
import type { Scenario } from '../scenario.ts'
import { steady } from '../world/timers.ts'
import type { World } from '../world/world.ts'

/** What the table's own checks let through: a remix without a source, or with one of a wrong type. */
const wrongMetadata = [
  '{"type": "remix"}',
  '{"type": "remix", "remix_from_external": 7}',
  '{"remix_from_external": {"id": 7}}',
  '{"type": "remix", "remix_from": [1]}',
]
const timers = { ...steady, POLL_INTERVAL_MS: '5000', SIMULATOR_RENDER_MS: '16000' }
const POLL_INTERVAL_MS = Number(timers.POLL_INTERVAL_MS)
const DEADLINE_MS = 60_000
const MOST_LATE_MS = 1000
const MOST_LINES_PER_ROW = 10
const AT_ONCE = 62

export const brokenData: Scenario = {
  name: 'broken-data',
  about: 'rows with metadata of a wrong shape among a thousand, and jobs that no list holds any more',
  isOnDemand: true,
  async run({ isShort, openWorld }) {
    await using world = await openWorld({
      workers: 0,
      timers,
      env: { TASK_DEADLINE_MS: String(DEADLINE_MS) },
    })
    const load = await startLoad(world)
    const times = createTimes(world, { isShort })
    const broken = await load.submitMany(wrongMetadata.length * 2)
    for (const [i, { videoId }] of broken.entries()) {
      await breakRow(world, videoId as string, wrongMetadata[i % wrongMetadata.length] as string)
    }
    for (let i = 0; i < 2; i += 1) world.addWorker()
    await load.submitMany(AT_ONCE)
    await orphanJobs(world)
    await times.until(
      'orphaned jobs were enqueued again',
      2 * Number(timers.SWEEP_INTERVAL_MS),
      allHaveJobs(world),
    )

    const healthySince = Date.now()
    for (let round = 0; round < (isShort ? 1 : 15); round += 1) await load.submitMany(AT_ONCE)

    const verdict = await audit(world, load, { endWithinMs: 3 * DEADLINE_MS })
    const gaps = (await pollGaps(world)).filter(({ at, ms }) => at - ms >= healthySince)
    times.note('polls of healthy tasks were late at p99', MOST_LATE_MS, lateAtP99(gaps, POLL_INTERVAL_MS))
    const { COMPLETED, timeout } = verdict.counts.ends
    world.expect(COMPLETED === load.wishes.length - broken.length, 'a healthy task did not complete')
    world.expect(timeout === broken.length, 'a broken row did not end as timeout')
    const most = Math.max(...broken.map(({ videoId }) => linesOf(world, videoId as string)))
    world.expect(most <= MOST_LINES_PER_ROW, `${most} log lines of one broken row`)
    return {
      faults: broken.length + 1,
      notes: [...times.notes(), `at most ${most} log lines of a broken row`],
      ...verdict,
    }
  },
}

/** By hand, and unseen by the history. */
async function breakRow({ db }: World, videoId: string, metadata: string): Promise<void> {
  await db.execute(`
    update video_tasks set metadata = '${metadata}'::jsonb
    from (select set_config('session_replication_role', 'replica', true) as role) as unseen
    where video_id = '${videoId}' and unseen.role = 'replica'`)
}

/** Takes every waiting job out of its list and leaves its hash behind. */
async function orphanJobs({ stores }: World): Promise<void> {
  const redis = new Redis(stores.redis.url)
  const suffixes = ['wait', 'delayed', 'prioritized']
  const named = (await Promise.all(suffixes.map((suffix) => redis.keys(`*:${suffix}`)))).flat()
  if (named.length > 0) await redis.del(named)
  redis.disconnect()
}

function linesOf({ workers }: World, videoId: string): number {
  const lines = workers.flatMap(({ logFile }) => readFileSync(logFile, 'utf8').split('\n'))
  return lines.filter((line) => line.includes('step failed') && line.includes(videoId)).length
}
