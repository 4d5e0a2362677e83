import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Role } from '@reelay/contracts/auth'
import type { VideoId } from '@reelay/contracts/task'
import { createApiKeys } from '@reelay/db/api-keys'
import { openDatabase } from '@reelay/db/client'
import { createCredentialStates } from '@reelay/db/credential-states'
import { createFigures } from '@reelay/db/figures'
import { createLedger } from '@reelay/db/ledger'
import { createMoves } from '@reelay/db/moves'
import type { Metadata, TaskRow } from '@reelay/db/schema'
import { createTasks } from '@reelay/db/tasks'
import { createTestDatabase } from '@reelay/db/test-database'
import { createUserRepository } from '@reelay/db/user-repository'
import { openStore } from '@reelay/media/open-store'
import { createCallCounts } from '@reelay/queue/call-counts'
import {
  openCounterConnection,
  openProducerConnection,
  openSubscriberConnection,
} from '@reelay/queue/connection'
import { createPresence } from '@reelay/queue/presence'
import { createProgressListener, createProgressPublisher } from '@reelay/queue/progress'
import { createQueues } from '@reelay/queue/queues'
import { readRedisState } from '@reelay/queue/redis-state'
import { createTickets } from '@reelay/queue/tickets'
import { createEvents } from '@reelay/telemetry/events'
import { registerStoreGauges } from '@reelay/telemetry/store-gauges'
import { openUpstreams } from '@reelay/upstream/upstreams'
import type { Redis } from 'ioredis'
import { type Logger, pino } from 'pino'
import { Registry } from 'prom-client'
import { createPasswords } from '../../src/accounts/passwords.ts'
import { type AppDeps, buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { createTestWorker } from './test-worker.ts'

const patientDatabase = { queryTimeoutMs: 60_000, statementTimeoutMs: 60_000 }

export const SECRET = 'a secret of the tests, long enough'

export type TestApp = Awaited<ReturnType<typeof buildTestApp>>
export type TestUser = Awaited<ReturnType<TestApp['aUser']>>
export type Headers = Record<string, string>

type Options = { env?: Record<string, string>; log?: Logger } & Pick<AppDeps, 'pictureTimes' | 'studioFolder'>

/** The api over the real Postgres and Redis, with a database and a key prefix of its own. */
export async function buildTestApp({
  env = {},
  log = pino({ level: 'silent' }),
  pictureTimes = {},
  studioFolder = join(tmpdir(), 'no-studio'),
}: Options = {}) {
  const own = env.DATABASE_URL ? undefined : await createTestDatabase()
  const mediaFolder = await mkdtemp(join(tmpdir(), 'reelay-media-'))
  const config = readConfig({
    DATABASE_URL: own?.url,
    REDIS_URL: process.env.REDIS_URL,
    REDIS_PREFIX: `api-${randomBytes(6).toString('hex')}`,
    JWT_SECRET: SECRET,
    SORA_BASE_URL: 'http://127.0.0.1:9/v1',
    SORA_API_KEY: 'sk-test',
    REMIX_ACCEPT_WAIT_MS: '100',
    // All tests come from one address, and the machine may be busy with others.
    RATE_LIMIT_PER_MINUTE: '0',
    SHED_AT_DELAY_MS: '0',
    MEDIA_DIR: mediaFolder,
    SSE_MAX_PER_USER: '1000',
    SSE_SLOW_CUT_MS: '3600000',
    ...env,
  })
  const prefix = config.redis.prefix
  // Who brings a store of its own does it harm; for that of all tests only what hangs takes too long. What a test itself
  // asks of either waits.
  const isOfAll = URL.parse(config.database.url)?.host === URL.parse(process.env.DATABASE_URL ?? '')?.host
  const database = openDatabase(config.database.url, isOfAll ? patientDatabase : { queryTimeoutMs: 2500 })
  const { db, close } = isOfAll ? database : openDatabase(config.database.url, patientDatabase)
  const redis = openProducerConnection(config.redis.url, log)
  const subscriber = openSubscriberConnection(config.redis.url, log)
  const counter = openCounterConnection(config.redis.url, log)
  if (!env.REDIS_URL) for (const each of [redis, subscriber, counter]) each.options.commandTimeout = 60_000
  const queues = createQueues({ connection: redis, prefix })
  const events = createEvents()
  const { registry: upstreamRegistry, ...upstreamOptions } = config.upstream
  const upstreams = openUpstreams(upstreamRegistry, {
    ...upstreamOptions,
    onCall: (call) => events.emit('upstreamCalled', call),
  })
  const store = await openStore(config.media)
  const callCounts = createCallCounts({ connection: redis, prefix })
  const presence = createPresence({ connection: redis, prefix })
  const tasks = createTasks(database.db)
  const moves = createMoves(database.db)
  const ledger = createLedger(database.db)
  const users = createUserRepository(database.db)
  const listener = createProgressListener({ connection: subscriber, prefix, log })
  const registry = new Registry()
  registerStoreGauges(registry, {
    database: createFigures(database.db),
    queues: queues.figures,
    redis: () => readRedisState(redis),
    pool: database.pool,
    credentials: upstreamRegistry.credentials.map(({ id }) => id),
  })
  const app = await buildApp({
    config,
    log,
    tasks,
    users,
    passwords: createPasswords(),
    apiKeys: createApiKeys(database.db),
    moves,
    ledger,
    queues,
    publish: createProgressPublisher({ connection: redis, prefix, log }),
    listener,
    counter,
    store,
    tickets: createTickets({ connection: redis, prefix }),
    upstreams,
    credentialStates: createCredentialStates(database.db),
    callCounts,
    presence,
    events,
    registry,
    pingPostgres: database.ping,
    pictureTimes,
    studioFolder,
  })
  await app.ready()
  if (!env.REDIS_URL) await Promise.all([redis, subscriber, counter].map(untilReady))
  const worker = createTestWorker({ db, redis, prefix, log })

  const api = {
    app,
    config,
    db,
    tasks,
    moves,
    ledger,
    users,
    redis,
    listener,
    callCounts,
    presence,
    store,
    worker,

    /** Somebody with a token. */
    async aUser({ role = 'USER' as Role, expiresIn = '1h' } = {}) {
      const username = `user-${randomBytes(6).toString('hex')}`
      const row = await createUserRepository(db).insert({
        username,
        email: `${username}@example.org`,
        passwordHash: 'none',
        role,
      })
      if (typeof row === 'string') throw new Error(`${row} taken`)
      const token = app.jwt.sign({ sub: row.id, username, role }, { expiresIn })
      const authorization = `Bearer ${token}`
      return {
        id: row.id,
        username,
        token,
        get: (path: string, headers: Headers = {}) =>
          app.inject({ method: 'GET', url: path, headers: { authorization, ...headers } }),
        delete: (path: string) => app.inject({ method: 'DELETE', url: path, headers: { authorization } }),
        post: (path: string, payload: object | string, headers: Headers = {}) =>
          app.inject({ method: 'POST', url: path, payload, headers: { authorization, ...headers } }),
      }
    },

    /** A task of a user's, moved there the way a worker would. */
    async aTask(
      { id: userId }: { id: string },
      {
        status = 'QUEUED',
        ...task
      }: Partial<
        Pick<
          TaskRow,
          'status' | 'prompt' | 'model' | 'size' | 'seconds' | 'externalTaskId' | 'clientRequestId'
        >
      > & { metadata?: Metadata } = {},
    ): Promise<TaskRow> {
      const videoId = `video_${Date.now()}_${randomBytes(8).toString('hex')}` as VideoId
      const { externalTaskId, ...columns } = task
      await createMoves(db).insert({ prompt: 'a cat', requestHash: '', ...columns, videoId, userId })
      if (status === 'QUEUED') return api.row(videoId)
      if (status === 'FAILED') return worker.refuse(videoId)
      const accepted = await worker.accept(videoId, externalTaskId ?? undefined)
      return status === 'COMPLETED' ? worker.complete(videoId) : accepted
    },

    async row(videoId: string): Promise<TaskRow> {
      const row = await createTasks(db).find(videoId as VideoId)
      if (!row) throw new Error(`no task ${videoId}`)
      return row
    },

    /** How many rows and jobs there are: what a refused request must not change. */
    async counts() {
      const rows = await db.execute('select count(*)::int as rows from video_tasks')
      return { rows: Number(rows[0]?.rows), jobs: (await api.jobs()).length }
    },

    /** Names of the jobs that wait to be submitted. */
    async jobs(): Promise<string[]> {
      const start = `{${prefix}}:submit:`
      const keys = await redis.keys(`${start}video_*`)
      return keys.map((key) => key.slice(start.length)).filter((name) => !name.includes(':'))
    },

    /** Listens on a free port and answers where. */
    async listen(): Promise<string> {
      if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' })
      return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
    },

    connections: () =>
      new Promise<number>((resolve) => app.server.getConnections((_, count) => resolve(count))),

    async stop(): Promise<void> {
      await app.close()
      await queues.close()
      await Promise.all([upstreams.close(), database.close(), close()])
      for (const connection of [redis, subscriber, counter]) connection.disconnect()
      await own?.drop()
      await rm(mediaFolder, { recursive: true, force: true })
    },
    [Symbol.asyncDispose]: () => api.stop(),
  }
  return api
}

/** A first try that came to nothing is an `error`, and the driver makes another. */
async function untilReady(connection: Redis): Promise<void> {
  if (connection.status !== 'ready') await new Promise<void>((resolve) => connection.once('ready', resolve))
}

/** A videoId that names nothing. */
export function noVideoId(): string {
  return `video_${Date.now()}_${randomUUID().replaceAll('-', '')}`.slice(0, 50)
}
