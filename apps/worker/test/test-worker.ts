import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstCredential } from '@reelay/contracts/credential'
import { type JobNotes, jobId, type PollTrouble, type QueueName } from '@reelay/contracts/jobs'
import { laneOf } from '@reelay/contracts/lanes'
import { openDatabase } from '@reelay/db/client'
import { connectTo } from '@reelay/db/connect'
import { createLedger } from '@reelay/db/ledger'
import { createMoves } from '@reelay/db/moves'
import { submissions, type TaskRow, upstreamState, users, videoTasks } from '@reelay/db/schema'
import { createTasks } from '@reelay/db/tasks'
import { isProcessing, pollTroubleOf } from '@reelay/db/tasks/lanes'
import { createTestDatabase } from '@reelay/db/test-database'
import { createUpstreamState } from '@reelay/db/upstream-state'
import { createUserRepository } from '@reelay/db/user-repository'
import { openStore } from '@reelay/media/open-store'
import { openProducerConnection, openWorkerConnection } from '@reelay/queue/connection'
import { createLateLooks } from '@reelay/queue/late-looks'
import { createPresence } from '@reelay/queue/presence'
import { createProgressPublisher } from '@reelay/queue/progress'
import { createQueues, keyPrefix } from '@reelay/queue/queues'
import { createAnnouncer } from '@reelay/relay/announce'
import { startSimulator } from '@reelay/simulator/server'
import { createEvents } from '@reelay/telemetry/events'
import { noTracing } from '@reelay/telemetry/tracing'
import type { UpstreamClient } from '@reelay/upstream/client'
import type { Dialect } from '@reelay/upstream/dialect/dialect'
import { readDialect } from '@reelay/upstream/dialect/read-dialect'
import { createRegistry, type UpstreamSettings } from '@reelay/upstream/registry/registry'
import { singleUpstream } from '@reelay/upstream/registry/single-upstream'
import { openUpstreams, type UpstreamsOptions } from '@reelay/upstream/upstreams'
import { Queue } from 'bullmq'
import { and, eq, sql } from 'drizzle-orm'
import { pino } from 'pino'
import { startWorker } from '../src/bullmq.ts'
import { createObserve } from '../src/observe.ts'
import { type AnyStep, done, type Outcome, type StepRun, snooze } from '../src/outcome.ts'
import { createPollTask } from '../src/poll-task.ts'
import { createPollThrottle } from '../src/poll-throttle.ts'
import { createSteps, type StepDeps, type StepsConfig } from '../src/steps.ts'
import { tellPresence } from '../src/tell-presence.ts'

/** `dialect` is what differs from the default values. */
type TestWorkerOptions = {
  upstream?: Partial<UpstreamsOptions> & { baseUrl?: string }
  dialect?: object
  /** In place of the one upstream with the key `sk-test`; handed the simulator's address. */
  upstreams?: (url: string) => UpstreamSettings<Dialect>[]
  maxInFlight?: number
} & {
  [Part in 'submit' | 'reconcile' | 'poll' | 'task' | 'archive']?: Partial<StepsConfig[Part]>
}

/** The worker's steps over a real Postgres, Redis and simulator, to be called one at a time. */
export async function buildTestWorker(wanted: TestWorkerOptions = {}) {
  const log = pino({ level: 'silent' })
  const prefix = `test-${randomBytes(6).toString('hex')}`
  const testDatabase = await createTestDatabase()
  // Only what hangs takes as long.
  const database = openDatabase(testDatabase.url, { queryTimeoutMs: 60_000, statementTimeoutMs: 60_000 })
  const redis = openProducerConnection(process.env.REDIS_URL ?? '', log)
  redis.options.commandTimeout = 60_000
  const simulator = await startSimulator({ key: 'sk-test', script: { queuedMs: 0, renderMs: 60_000 } })

  const { baseUrl = simulator.url, ...upstreamOptions } = wanted.upstream ?? {}
  const { maxInFlight } = wanted
  const registry = wanted.upstreams
    ? createRegistry(wanted.upstreams(simulator.url))
    : singleUpstream({
        baseUrl,
        apiKey: 'sk-test',
        dialect: aDialect(wanted.dialect),
        dialectName: 'test',
        maxInFlight,
      })
  const config: StepsConfig = {
    task: { overdueMs: 600_000, deadlineMs: 86_400_000, autoRetries: 1, ...wanted.task },
    submit: { sendWindowMs: 10_000, sendingMs: 1500, ...wanted.submit },
    reconcile: { windowMs: 1000, ...wanted.reconcile },
    poll: { intervalMs: 5000, concurrency: 200, ...wanted.poll },
    archive: { isOn: false, ...wanted.archive },
  }
  const upstreams = openUpstreams(registry, {
    submitTimeoutMs: 4000,
    pollTimeoutMs: 4000,
    sendWindowMs: 10_000,
    ...upstreamOptions,
  })
  const queues = createQueues({ connection: redis, prefix })
  const presence = createPresence({ connection: redis, prefix })
  const announced: { status: string; version: number }[] = []
  const mediaFolder = await mkdtemp(join(tmpdir(), 'reelay-media-'))
  const stopping = new AbortController()
  const publish = createProgressPublisher({ connection: redis, prefix, log })
  const tell = createAnnouncer({ publish, log })
  const moves = createMoves(database.db)
  const ledger = createLedger(database.db)
  const deps: StepDeps = {
    tasks: createTasks(database.db),
    moves,
    ledger,
    upstreamState: createUpstreamState(database.db),
    queues,
    lateLooks: createLateLooks({ connection: redis, prefix }),
    upstreams,
    async announce(moved) {
      for (const { status, version } of [moved].flat()) announced.push({ status, version })
      await tell(moved)
    },
    store: await openStore({ folder: mediaFolder }),
    stopping: stopping.signal,
    throttle: aThrottle(),
    tracing: noTracing,
    events: createEvents(),
    log,
  }

  const user = await aUser('owner')
  const submitQueue = new Queue('submit', { connection: redis, prefix: keyPrefix(prefix) })
  submitQueue.on('error', () => {})
  const closers: (() => Promise<unknown>)[] = []

  async function inFlight(videoId: string) {
    const task = await deps.tasks.find(videoId as never)
    if (!task || !isProcessing(task)) throw new Error('only a task in flight has a lane')
    return task
  }

  const steps = createSteps(config, deps)
  const { intervalMs: pollIntervalMs } = config.poll
  const observe = createObserve(deps)
  const pollTask = createPollTask({
    ...deps,
    policy: { ...config.task, pollIntervalMs, archive: config.archive.isOn },
  })
  return {
    ...deps,
    ...steps,
    db: database.db,
    pollIntervalMs,
    simulator,
    presence,
    /** The client of the only credential. */
    upstream: upstreams.clientOf(firstCredential) as UpstreamClient,
    announced,
    /** As they are handed to steps. */
    deps,
    stop: () => stopping.abort(),
    run,
    aUser,

    /** One look at the video of a task, if it still has one, as its lane has it: when it would look again. */
    async poll({ videoId, attempt }: Attempt): Promise<Outcome> {
      const task = await deps.tasks.find(videoId as never)
      if (task?.attempt !== attempt || !isProcessing(task)) return done()
      const all = await deps.tasks.ofLane(laneOf(task))
      const row = all.find((each) => each.videoId === videoId)
      const { nextPollInMs } = row ? await pollTask(row, observe) : {}
      return nextPollInMs === undefined ? done() : snooze(nextPollInMs)
    },

    /** A tick of the lane of a task; with a `throttle` of its own as of another process over the same database. */
    async pollLane(
      { videoId }: Pick<Attempt, 'videoId'>,
      isElsewhere = false,
      notes: JobNotes = {},
    ): Promise<Outcome> {
      const task = await inFlight(videoId)
      const { poll } = isElsewhere ? createSteps(config, { ...deps, throttle: aThrottle() }) : steps
      return poll(laneOf(task), run(notes))
    },

    /** Another process looks at the video of a task, says so for `heldMs`, and is gone. */
    async holdAndDie({ videoId }: Pick<Attempt, 'videoId'>, heldMs: number): Promise<void> {
      const task = await inFlight(videoId)
      const connection = openProducerConnection(process.env.REDIS_URL ?? '', log)
      await once(connection, 'ready')
      await createLateLooks({ connection, prefix, heldMs }).hold(laneOf(task), [
        jobId(task.videoId, task.attempt),
      ])
      connection.disconnect()
    },

    /** What BullMQ hands over: a lane, or a task as workers of the version before have it. */
    pollStep: steps.poll,

    /** A QUEUED task as the api would have inserted it. */
    async aTask(of: Partial<typeof videoTasks.$inferInsert> = {}) {
      const videoId =
        `video_${Date.now()}_${randomBytes(6).toString('hex')}` as typeof videoTasks.$inferInsert.videoId
      const [task] = await database.db
        .insert(videoTasks)
        .values({ videoId, userId: user.id, requestHash: '-', prompt: 'a red kite', ...of })
        .returning()
      return task as TaskRow
    },

    /** Changes a row behind everybody's back. */
    async alter(videoId: string, set: Partial<typeof videoTasks.$inferInsert>) {
      await database.db
        .update(videoTasks)
        .set(set)
        .where(eq(videoTasks.videoId, videoId as never))
    },

    /** What polls have noted of a task's trouble, but for until when it is waited for. */
    async troubleOf({ videoId }: Pick<Attempt, 'videoId'>): Promise<PollTrouble> {
      const task = await deps.tasks.find(videoId as never)
      const { notBefore: _, ...trouble } = task ? pollTroubleOf(task) : {}
      return trouble
    },

    async deleteTask(videoId: string) {
      await database.db.delete(videoTasks).where(eq(videoTasks.videoId, videoId as never))
    },

    async deleteUser(id: string) {
      await database.db.delete(users).where(eq(users.id, id))
    },

    /** Changes a submission behind everybody's back. */
    async alterLedger({ videoId, attempt }: Attempt, set: Partial<typeof submissions.$inferInsert>) {
      await database.db
        .update(submissions)
        .set(set)
        .where(and(eq(submissions.videoId, videoId as never), eq(submissions.attempt, attempt)))
    },

    /** Lets Postgres refuse every new submission as it does when its disk is full. */
    async fillDisk() {
      await database.db.execute(`
        create sequence refusals;
        create function disk_full() returns trigger language plpgsql as $$ begin
          perform nextval('refusals');
          raise exception 'could not extend file: No space left on device' using errcode = 'disk_full';
        end $$;
        create trigger disk_full before insert on submissions execute function disk_full()`)
      return {
        async refusals(): Promise<number> {
          const [row] = await database.db.execute('select last_value::int as count from refusals')
          return row?.count as number
        },
        free: () => database.db.execute('drop trigger disk_full on submissions'),
      }
    },

    cancel: (videoId: string) => moves.cancel(user.id, videoId as never),

    /** The next attempt, as the owner's retry leaves it. */
    async retry({ videoId }: Pick<Attempt, 'videoId'>, force = false): Promise<TaskRow> {
      const moved = await moves.retry(user.id, videoId as never, force)
      if (!moved) throw new Error('only a task that ended badly can be retried')
      return moved
    },

    bill: () => ask<Bill>('bill'),

    /** For how many videos with this prompt upstream wants money. */
    async paidFor(prompt: string): Promise<number> {
      const { jobs } = await ask<Bill>('bill')
      return jobs.find((job) => job.prompt === prompt)?.count ?? 0
    },

    requests: () => ask<UpstreamRequest[]>('requests'),
    setScript: (queuedMs: number, renderMs: number) => tellSimulator('script', { queuedMs, renderMs }),
    arm: (name: string, scope: 'submit' | 'retrieve' | 'list' | 'content', more: object = {}) =>
      tellSimulator('faults', { name, scope, ...more }),

    disarm: () => fetch(`${simulator.adminUrl}/faults`, { method: 'DELETE' }),

    /** For how long submits are paused, in ms; not above 0 when they are not. */
    submitsPausedForMs: () => submitQueue.getRateLimitTtl(Number.MAX_SAFE_INTEGER),

    /** As if its time had passed. */
    async endPause() {
      await database.db.update(upstreamState).set({ heldUntil: sql`clock_timestamp()` })
      await submitQueue.removeRateLimitKey()
    },

    /** As if upstream had always worked. */
    async forgetTrouble() {
      await database.db.delete(upstreamState)
      await submitQueue.removeRateLimitKey()
    },

    /** Keeps everybody from noting trouble, until the function that it returns is called. */
    async keepFromNoting() {
      const other = await connectTo(testDatabase.url)
      await other.query('begin; select from upstream_state for update')
      return () => other.end()
    },

    /** How many statements wait for a lock. */
    async statementsThatWait(): Promise<number> {
      const [row] = await database.db.execute<{ count: number }>(sql`
        select count(*)::int from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`)
      return row?.count ?? 0
    },

    /** How many submissions in a row have failed, as far as that is counted. */
    async failedSubmits(): Promise<number> {
      const [state] = await database.db.select().from(upstreamState)
      return state?.failedSubmits ?? 0
    },

    /** Lets BullMQ run a step for this worker's submit queue. */
    startSubmits: (step: AnyStep, concurrency = 1) => start('submit', step, concurrency),

    /** Lets BullMQ run this worker's own submits, searches and polls. */
    startAll() {
      start('submit', steps.submit, 5)
      start('reconcile', steps.reconcile, 5)
      start('poll', steps.poll, 5)
      closers.push(tellPresence('worker', presence).stop)
    },

    /** What a Redis that restarts empty has left of the queues. */
    async forgetQueues() {
      const keys = await redis.keys(`${keyPrefix(prefix)}:*`)
      if (keys.length > 0) await redis.del(...keys)
    },

    /** The place of a submit job among its user's; 1 goes first. */
    submitPriority: async ({ videoId, attempt }: Attempt) =>
      (await queues.opened()[0]?.getJob(`${videoId}-${attempt}`))?.priority,

    jobState: (name: QueueName, { videoId, attempt }: Attempt) =>
      queues.state(name, { videoId: videoId as never, attempt }),

    /** The state of the lane that a task belongs to. */
    async laneState({ videoId }: Pick<Attempt, 'videoId'>) {
      const task = await deps.tasks.find(videoId as never)
      return task && isProcessing(task) ? queues.state('poll', laneOf(task)) : 'unknown'
    },

    async close() {
      for (const close of closers) await close()
      await Promise.all([queues.close(), submitQueue.close()])
      redis.disconnect()
      await Promise.all([upstreams.close(), simulator.close(), database.close()])
      await rm(mediaFolder, { recursive: true, force: true })
      await testDatabase.drop()
    },
  }

  function start(name: QueueName, step: AnyStep, concurrency: number): void {
    const connection = openWorkerConnection(process.env.REDIS_URL ?? '', log)
    const started = startWorker(name, step, {
      connection,
      prefix,
      ...(name === 'submit' && { pause: (ms: number) => queues.pause('submit', ms) }),
      concurrency,
      lockDurationMs: 3000,
      stalledIntervalMs: 1000,
      events: createEvents(),
      log,
    })
    closers.push(async () => {
      await started.close()
      connection.disconnect()
    })
  }

  function aThrottle() {
    return createPollThrottle(createUpstreamState(database.db), config.poll.intervalMs)
  }

  async function aUser(username: string) {
    const added = await createUserRepository(database.db).insert({
      username,
      email: `${username}@example.com`,
      passwordHash: '-',
    })
    if (typeof added === 'string') throw new Error(`${added} is taken`)
    return added
  }

  async function ask<T>(path: string): Promise<T> {
    return (await fetch(`${simulator.adminUrl}/${path}`)).json() as Promise<T>
  }

  async function tellSimulator(path: string, body: object): Promise<void> {
    const response = await fetch(`${simulator.adminUrl}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`)
  }
}

export type TestWorker = Awaited<ReturnType<typeof buildTestWorker>>
type Attempt = { videoId: string; attempt: number }
type Bill = { total: number; jobs: { prompt: string; count: number }[] }
type UpstreamRequest = { method: string; path: string; videoId: string | null; endedAt: number | null }

/** The notes that a step hands to its next run. */
export function notesOf(outcome: Outcome): JobNotes {
  return outcome.kind === 'snooze' ? (outcome.notes ?? {}) : {}
}

/** How BullMQ would run a step. */
function run(notes: JobNotes = {}, signal = new AbortController().signal): StepRun {
  return { notes, signal }
}

export function aDialect(differs: object = {}): Dialect {
  const read = readDialect({ name: 'test', ...differs })
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  return read.dialect
}
