import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { audit } from '../audit.ts'
import { startLoad } from '../load.ts'
import type { Scenario } from '../scenario.ts'
import { until } from '../until.ts'
import type { World } from '../world.ts'

/** What the table's own checks let through: a remix without a source, or with one of a wrong type. */
const wrongMetadata = [
  '{"type": "remix"}',
  '{"type": "remix", "remix_from_external": 7}',
  '{"remix_from_external": {"id": 7}}',
  '{"type": "remix", "remix_from": [1]}',
]
const DEADLINE_MS = 25_000
const MOST_LOG_LINES = 300

export const brokenData: Scenario = {
  name: 'broken-data',
  about: 'rows with metadata of a wrong shape, and jobs that no list holds any more',
  isOnDemand: true,
  async run({ openWorld }) {
    await using world = await openWorld({
      workers: 0,
      env: { TASK_DEADLINE_MS: String(DEADLINE_MS), SIMULATOR_RENDER_MS: '3000' },
    })
    const load = await startLoad(world)
    const wishes = await load.submitMany(wrongMetadata.length * 2)
    for (const [i, { videoId }] of wishes.entries()) {
      await breakRow(world, videoId as string, wrongMetadata[i % wrongMetadata.length] as string)
    }
    for (let i = 0; i < 2; i += 1) world.addWorker()
    const healthy = await load.submitMany(20)
    const startedAt = performance.now()
    const ended = async () => {
      const ids = healthy.map(({ videoId }) => `'${videoId}'`).join(',')
      const rows = await world.db.execute(
        `select 1 from video_tasks where video_id in (${ids}) and status = 'COMPLETED'`,
      )
      return rows.length === healthy.length
    }
    await orphanJobs(world)
    await until(ended, { withinMs: DEADLINE_MS, what: 'the healthy tasks complete' }).catch((error: Error) =>
      world.problems.push(error.message),
    )
    const notes = [`healthy tasks completed in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`]
    const verdict = await audit(world, load, { endWithinMs: 3 * DEADLINE_MS })
    const lines = ['worker-1', 'worker-2'].flatMap((name) =>
      failuresIn(join(world.dir, 'logs', `${name}.log`)),
    )
    notes.push(`${lines.length} log lines of failed steps`)
    if (lines.length > MOST_LOG_LINES) verdict.violations.push(`${lines.length} log lines of failed steps`)
    return { faults: wishes.length + 1, notes, ...verdict }
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

function failuresIn(logFile: string): string[] {
  return readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes('step failed') || line.includes('sweep not finished'))
}
