import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { openDatabase } from '@reelay/db/client'
import { takeLease } from '@reelay/db/leases'
import { createLedger } from '@reelay/db/ledger'
import { createMoves } from '@reelay/db/moves'
import type { NewTaskRow } from '@reelay/db/moves/insert-together'
import { type TaskRow, upstreamState } from '@reelay/db/schema'
import { createTasks } from '@reelay/db/tasks'
import { createTestDatabase } from '@reelay/db/test-database'
import { createUserRepository } from '@reelay/db/user-repository'
import { openProducerConnection } from '@reelay/queue/connection'
import { createQueues, keyPrefix } from '@reelay/queue/queues'
import { startSimulator } from '@reelay/simulator/server'
import type { Tracing } from '@reelay/telemetry/tracing'
import { Queue } from 'bullmq'
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { readConfig } from '../src/config.ts'
import type { Wrap } from '../src/steps.ts'
import { openWorker } from '../src/worker.ts'

type Line = Record<string, unknown> & { msg: string }

/**
 * A whole worker over a real Postgres, Redis and simulator, with all that it logs and counts. One that
 * does not sweep leaves that to another one, which never comes.
 */
export async function aWorker(
  env: Record<string, string> = {},
  { sweeps = true, wrap, tracing }: { sweeps?: boolean; wrap?: Wrap; tracing?: Tracing } = {},
) {
  const testDatabase = await createTestDatabase()
  const simulator = await startSimulator({ key: 'sk-test', script: { queuedMs: 0, renderMs: 300 } })
  const mediaFolder = await mkdtemp(join(tmpdir(), 'reelay-media-'))
  const config = readConfig({
    DATABASE_URL: testDatabase.url,
    REDIS_URL: process.env.REDIS_URL,
    REDIS_PREFIX: `test-${randomBytes(6).toString('hex')}`,
    SORA_BASE_URL: simulator.url,
    SORA_API_KEY: 'sk-test',
    POLL_INTERVAL_MS: '100',
    SWEEP_INTERVAL_MS: '500',
    ARCHIVE: 'off',
    MEDIA_DIR: mediaFolder,
    ...env,
  })
  const lines: Line[] = []
  const sink = new Writable({
    write(chunk, _, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  })
  const registry = new Registry()
  const database = openDatabase(config.database.url, { queryTimeoutMs: 60_000, statementTimeoutMs: 60_000 })
  if (!sweeps) await takeLease(database.db, 'sweep', 'another', 3_600_000)
  const worker = openWorker(config, {
    log: pino(sink),
    registry,
    ...(wrap && { wrap }),
    ...(tracing && { tracing }),
  })
  const silent = pino({ level: 'silent' })
  const redis = openProducerConnection(config.redis.url, silent)
  const queues = createQueues({ connection: redis, prefix: config.redis.prefix })
  const tasks = createTasks(database.db)
  const moves = createMoves(database.db)
  const ledger = createLedger(database.db)
  const submitQueue = new Queue('submit', { connection: redis, prefix: keyPrefix(config.redis.prefix) })
  submitQueue.on('error', () => {})
  const user = await aUser('owner')

  return {
    config,
    worker,
    registry,
    redis,
    queues,
    tasks,
    ledger,
    lines,

    /** A QUEUED task as the api would have inserted it. */
    async aTask(prompt = 'a red kite', of: Partial<NewTaskRow> = {}): Promise<TaskRow> {
      const videoId = `video_${Date.now()}_${randomBytes(6).toString('hex')}` as TaskRow['videoId']
      await moves.insert({ videoId, userId: user.id, requestHash: '-', prompt, ...of })
      return (await tasks.find(videoId)) as TaskRow
    },

    aUser,

    /** Whether the queue of submits is paused in Redis. */
    isPaused: async () => (await submitQueue.getRateLimitTtl(Number.MAX_SAFE_INTEGER)) > 0,

    /** As if the time had passed for which submits are held back. */
    async endHold(): Promise<void> {
      await database.db.update(upstreamState).set({ heldUntil: sql`clock_timestamp()` })
      await submitQueue.removeRateLimitKey()
    },

    async statusOf({ videoId }: Pick<TaskRow, 'videoId'>) {
      return (await tasks.find(videoId))?.status
    },

    cancel: ({ videoId }: Pick<TaskRow, 'videoId'>) => moves.cancel(user.id, videoId),

    /** Names of the metrics' series and their values. */
    async metrics(): Promise<Map<string, number>> {
      const text = await registry.metrics()
      const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
      return new Map(
        series.map((line) => {
          const end = line.lastIndexOf(' ')
          return [line.slice(0, end), Number(line.slice(end + 1))]
        }),
      )
    },

    async paid(): Promise<number> {
      const bill = (await (await fetch(`${simulator.adminUrl}/bill`)).json()) as { total: number }
      return bill.total
    },

    async [Symbol.asyncDispose]() {
      await worker.stop()
      await Promise.all([queues.close(), submitQueue.close()])
      redis.disconnect()
      await database.close()
      await simulator.close()
      await testDatabase.drop()
      await rm(mediaFolder, { recursive: true, force: true })
    },
  }

  async function aUser(username: string) {
    const added = await createUserRepository(database.db).insert({
      username,
      email: `${username}@example.org`,
      passwordHash: '-',
    })
    if (typeof added === 'string') throw new Error(`${added} is taken`)
    return added
  }
}
