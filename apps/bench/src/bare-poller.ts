import { DelayedError, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { Pool } from 'undici'

/** What a loop of polls costs without Reelay: BullMQ, one GET, and the job delayed again. */
export type BarePollerOptions = {
  redisUrl: string
  prefix: string
  origin: string
  intervalMs: number
  concurrency: number
}

const options: BarePollerOptions = JSON.parse(process.argv[2] ?? '')
const connection = new Redis(options.redisUrl, { maxRetriesPerRequest: null })
const upstream = new Pool(options.origin, { connections: 128, pipelining: 1 })

const worker = new Worker<{ externalId: string }>(
  'poll',
  async (job, token) => {
    const startedAt = Date.now()
    const { body } = await upstream.request({ method: 'GET', path: `/v1/videos/${job.data.externalId}` })
    await body.json()
    await job.moveToDelayed(startedAt + options.intervalMs, token)
    throw new DelayedError()
  },
  { connection, prefix: options.prefix, concurrency: options.concurrency, maxStalledCount: 1000 },
)
await worker.waitUntilReady()
process.send?.({})
