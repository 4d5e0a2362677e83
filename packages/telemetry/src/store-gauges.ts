import type { CredentialId } from '@reelay/contracts/credential'
import { holdReasons } from '@reelay/contracts/lifecycle'
import { Gauge, type Registry } from 'prom-client'
import { type CachedReading, createCachedReading } from './cached-reading.ts'
import { labelsOf } from './upstream.ts'

export type DatabaseFigures = {
  tasks: { status: string; count: number; overdue: number; oldestSeconds: number }[]
  submissions: { outcome: string; count: number; oldestSeconds: number }[]
  holds: { credential: CredentialId; because: string }[]
  inFlight: { credential: CredentialId; count: number }[]
}

export type QueueFigures = { queue: string; jobs: Record<string, number>; oldestSeconds: number }

export type RedisFigures = {
  evictionPolicy: string | undefined
  usedBytes: number
  maxBytes: number
  evictedKeys: number
}

export type Stores = {
  database: () => Promise<DatabaseFigures>
  queues: () => Promise<QueueFigures[]>
  redis: () => Promise<RedisFigures>
  pool: { inFlight: () => number; max: number }
  credentials: readonly CredentialId[]
}

type Sample = { labels?: Record<string, string>; value: number }

/** Gauges of what all processes share, asked for at the scrape. While a store is away, its figures are absent. */
export function registerStoreGauges(registry: Registry, stores: Stores): void {
  const { database, queues, redis, pool, credentials } = stores
  const gauge = createGauge(registry)
  addDatabaseGauges(gauge, createCachedReading(database), credentials)
  addQueueGauges(gauge, createCachedReading(queues))
  addRedisGauges(gauge, createCachedReading(redis))
  gauge('reelay_postgres_queries_in_flight', 'Queries of this process under way', [], async () => [
    { value: pool.inFlight() },
  ])
  gauge('reelay_postgres_pool_connections', 'Connections that they share', [], async () => [
    { value: pool.max },
  ])
}

function createGauge(registry: Registry) {
  return (name: string, help: string, labelNames: string[], samples: () => Promise<Sample[]>) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        const current = await samples()
        this.reset()
        for (const { labels = {}, value } of current) this.set(labels, value)
      },
    })
}

type AddGauge = ReturnType<typeof createGauge>

function addDatabaseGauges(
  gauge: AddGauge,
  database: CachedReading<DatabaseFigures>,
  credentials: readonly CredentialId[],
): void {
  gauge('reelay_postgres_up', 'Whether Postgres answers', [], isThere(database))
  addTaskGauges(gauge, database)
  addSubmissionGauges(gauge, database)
  addCredentialGauges(gauge, database, credentials)
}

function addTaskGauges(gauge: AddGauge, database: CachedReading<DatabaseFigures>): void {
  const ofTasks = (of: (figures: DatabaseFigures['tasks'][number]) => number) =>
    from(database, ({ tasks }) => tasks.map((row) => ({ labels: { status: row.status }, value: of(row) })))

  gauge(
    'reelay_tasks',
    'Unfinished tasks',
    ['status'],
    ofTasks(({ count }) => count),
  )
  gauge(
    'reelay_tasks_overdue',
    'Unfinished tasks that are late',
    ['status'],
    ofTasks(({ overdue }) => overdue),
  )
  gauge(
    'reelay_tasks_oldest_seconds',
    'How long ago the oldest task came to be QUEUED or PROCESSING',
    ['status'],
    ofTasks(({ oldestSeconds }) => oldestSeconds),
  )
}

function addSubmissionGauges(gauge: AddGauge, database: CachedReading<DatabaseFigures>): void {
  const ofSubmissions = (of: (figures: DatabaseFigures['submissions'][number]) => number) =>
    from(database, ({ submissions }) =>
      submissions.map((row) => ({ labels: { outcome: row.outcome }, value: of(row) })),
    )

  gauge(
    'reelay_submissions_open',
    'Submissions whose outcome is not known yet',
    ['outcome'],
    ofSubmissions(({ count }) => count),
  )
  gauge(
    'reelay_submissions_open_oldest_seconds',
    'How long ago the oldest of them began',
    ['outcome'],
    ofSubmissions(({ oldestSeconds }) => oldestSeconds),
  )
}

function addCredentialGauges(
  gauge: AddGauge,
  database: CachedReading<DatabaseFigures>,
  credentials: readonly CredentialId[],
): void {
  gauge(
    'reelay_submits_held',
    '1 while a credential’s submits are held for this reason and only probe its upstream',
    ['upstream', 'credential', 'because'],
    from(database, ({ holds }) => credentials.flatMap((credential) => heldSamples(credential, holds))),
  )
  gauge(
    'reelay_permits_in_use',
    'Videos that a credential makes or may be making, which counts towards its maxInFlight',
    ['upstream', 'credential'],
    from(database, ({ inFlight }) =>
      credentials.map((credential) => ({
        labels: labelsOf(credential),
        value: inFlight.find((each) => each.credential === credential)?.count ?? 0,
      })),
    ),
  )
  gauge(
    'reelay_tasks_at_gone_credentials',
    'Videos in flight at a credential that this process knows no key of; they wait for it',
    ['upstream', 'credential'],
    from(database, ({ inFlight }) => goneSamples(inFlight, credentials)),
  )
}

function addQueueGauges(gauge: AddGauge, queues: CachedReading<QueueFigures[]>): void {
  gauge('reelay_queue_jobs', 'Jobs in Redis', ['queue', 'state'], from(queues, jobsByState))
  gauge(
    'reelay_queue_oldest_seconds',
    'How long the job at the head of the queue has been waiting',
    ['queue'],
    from(queues, (all) =>
      all.map(({ queue, oldestSeconds }) => ({ labels: { queue }, value: oldestSeconds })),
    ),
  )
}

function addRedisGauges(gauge: AddGauge, redis: CachedReading<RedisFigures>): void {
  const ofRedis = (of: (figures: RedisFigures) => number) =>
    from(redis, (figures) => [{ value: of(figures) }])

  gauge('reelay_redis_up', 'Whether Redis answers', [], isThere(redis))
  gauge(
    'reelay_redis_noeviction',
    'Whether Redis keeps every key',
    [],
    from(redis, ({ evictionPolicy }) =>
      evictionPolicy === undefined ? [] : [{ value: Number(evictionPolicy === 'noeviction') }],
    ),
  )
  gauge(
    'reelay_redis_memory_used_bytes',
    'Memory of Redis',
    [],
    ofRedis(({ usedBytes }) => usedBytes),
  )
  gauge(
    'reelay_redis_memory_max_bytes',
    'Its limit, 0 for none',
    [],
    ofRedis(({ maxBytes }) => maxBytes),
  )
  gauge(
    'reelay_redis_evicted_keys',
    'Keys evicted since Redis began',
    [],
    ofRedis((figures) => figures.evictedKeys),
  )
}

function from<T>(reading: CachedReading<T>, samplesOf: (figures: T) => Sample[]): () => Promise<Sample[]> {
  return async () => {
    const figures = await reading()
    return figures === undefined ? [] : samplesOf(figures)
  }
}

function isThere<T>(reading: CachedReading<T>): () => Promise<Sample[]> {
  return async () => [{ value: Number((await reading()) !== undefined) }]
}

function heldSamples(credential: CredentialId, holds: DatabaseFigures['holds']): Sample[] {
  const held = holds.find((hold) => hold.credential === credential)?.because
  return holdReasons.map((because) => ({
    labels: { ...labelsOf(credential), because },
    value: Number(because === held),
  }))
}

/** Alerts name them; none is no sample. */
function goneSamples(inFlight: DatabaseFigures['inFlight'], credentials: readonly CredentialId[]): Sample[] {
  const gone = inFlight.filter(({ credential }) => !credentials.includes(credential))
  return gone.map(({ credential, count }) => ({ labels: labelsOf(credential), value: count }))
}

function jobsByState(all: QueueFigures[]): Sample[] {
  return all.flatMap(({ queue, jobs }) =>
    Object.entries(jobs).map(([state, value]) => ({ labels: { queue, state }, value })),
  )
}
