import { PgBoss } from 'pg-boss'
import { Pool } from 'undici'
import { videosToPoll } from './videos-to-poll.ts'

/** What the same loop costs with pg-boss: jobs in batches, one GET each, and a job for the next poll. */
export type PgBossPollerOptions = {
  databaseUrl: string
  origin: string
  count: number
  intervalMs: number
}

type Video = { externalId: string }

const QUEUE = 'poll'
const INSERTED_AT_ONCE = 5000
/**
 * What its documentation has for throughput, and the best here of 50 to 1000 jobs in 1 to 16 workers: smaller batches
 * cost Postgres twice as much, fewer workers wait for upstream. Deleted jobs cost no more than completed ones, which
 * would fill the table.
 */
const BATCH = { batchSize: 250, localConcurrency: 4, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 }

const options: PgBossPollerOptions = JSON.parse(process.argv[2] ?? '')
const upstream = new Pool(options.origin, { connections: 128, pipelining: 1 })
const boss = new PgBoss({ connectionString: options.databaseUrl, schedule: false })
boss.on('error', (error) => console.error(error))
await boss.start()
await boss.createQueue(QUEUE, { partition: true })

const videos = videosToPoll(options.count, options.intervalMs)
for (let from = 0; from < videos.length; from += INSERTED_AT_ONCE) {
  const some = videos.slice(from, from + INSERTED_AT_ONCE)
  await boss.insert(
    QUEUE,
    some.map(({ externalId, dueAt }) => ({ data: { externalId }, startAfter: new Date(dueAt) })),
  )
}
await boss.work<Video>(QUEUE, BATCH, async (jobs) => {
  const startAfter = new Date(Date.now() + options.intervalMs)
  await Promise.all(jobs.map(({ data }) => look(data)))
  await boss.insert(
    QUEUE,
    jobs.map(({ data }) => ({ data, startAfter })),
  )
  await boss.deleteJob(
    QUEUE,
    jobs.map(({ id }) => id),
  )
})
process.send?.({})

async function look({ externalId }: Video): Promise<void> {
  const { body } = await upstream.request({ method: 'GET', path: `/v1/videos/${externalId}` })
  await body.json()
}
