import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { firstCredential } from '@reelay/contracts/credential'
import { idOf, type Work } from '@reelay/contracts/jobs'
import type { ExternalTaskId, VideoId } from '@reelay/contracts/task'
import type { FeedUpdate } from '@reelay/contracts/task-update'
import { openDatabase } from '@reelay/db/client'
import { createLedger } from '@reelay/db/ledger'
import { createMoves } from '@reelay/db/moves'
import type { NewTaskRow } from '@reelay/db/moves/insert-together'
import { type TaskRow, videoTasks } from '@reelay/db/schema'
import { createTasks } from '@reelay/db/tasks'
import type { FollowedVideo } from '@reelay/db/tasks/lanes'
import { createTestDatabase } from '@reelay/db/test-database'
import { createUserRepository } from '@reelay/db/user-repository'
import { openStore } from '@reelay/media/open-store'
import { openProducerConnection, openSubscriberConnection } from '@reelay/queue/connection'
import { createProgressListener, createProgressPublisher } from '@reelay/queue/progress'
import { createQueues } from '@reelay/queue/queues'
import { readDialect } from '@reelay/upstream/dialect/read-dialect'
import { singleUpstream } from '@reelay/upstream/registry/single-upstream'
import { eq, sql } from 'drizzle-orm'
import { pino } from 'pino'
import { createAnnouncer } from '../src/announce.ts'
import { newVideoId } from '../src/new-video-id.ts'

export type Line = Record<string, unknown> & { msg: string }

/** The use cases' dependencies over the real Postgres and Redis, and what a worker and users do beside them. */
export async function openRelay({ redisUrl = process.env.REDIS_URL ?? '' } = {}) {
  const testDatabase = await createTestDatabase()
  const database = openDatabase(testDatabase.url, { queryTimeoutMs: 60_000, statementTimeoutMs: 60_000 })
  const prefix = `relay-${randomBytes(6).toString('hex')}`
  const lines: Line[] = []
  const log = pino({ base: null }, linesTo(lines))
  const silent = pino({ level: 'silent' })
  const redis = openProducerConnection(redisUrl, silent)
  const subscriber = openSubscriberConnection(redisUrl, silent)
  // Of the Redis of all tests only what hangs takes as long.
  if (redisUrl === process.env.REDIS_URL)
    for (const connection of [redis, subscriber]) connection.options.commandTimeout = 60_000
  const listener = createProgressListener({ connection: subscriber, prefix, log })
  const publish = createProgressPublisher({ connection: redis, prefix, log })
  const announce = createAnnouncer({ publish, log })
  const tasks = createTasks(database.db)
  const moves = createMoves(database.db)
  const ledger = createLedger(database.db)
  const queues = createQueues({ connection: redis, prefix })
  const users = createUserRepository(database.db)
  const mediaFolder = await mkdtemp(join(tmpdir(), 'reelay-media-'))

  const relay = {
    lines,
    listener,

    /** What a use case is handed. */
    deps: {
      tasks,
      moves,
      ledger,
      store: await openStore({ folder: mediaFolder }),
      upstreams: { registry: aRegistry() },
      queues,
      announce,
      publish,
      acceptance: { listener, waitMs: 100, closing: new AbortController().signal },
      maxUnfinished: undefined as number | undefined,
      log,
      requestId: 'request-7',
    },

    async aUser(): Promise<string> {
      const username = `user-${randomBytes(6).toString('hex')}`
      const added = await users.insert({ username, email: `${username}@example.org`, passwordHash: '-' })
      if (typeof added === 'string') throw new Error(`${added} is taken`)
      return added.id
    },

    async aTask(user: string, of: Partial<NewTaskRow> = {}): Promise<TaskRow> {
      const videoId = newVideoId()
      await moves.insert({ videoId, userId: user, requestHash: '-', prompt: 'a red kite', ...of })
      return relay.row(videoId)
    },

    async row(videoId: VideoId): Promise<TaskRow> {
      return (await tasks.find(videoId)) as TaskRow
    },

    /** Names of a user's unfinished tasks. */
    async unfinished(user: string): Promise<VideoId[]> {
      return (await tasks.unfinishedOf(user, 100)).map(({ videoId }) => videoId)
    },

    /** As a worker does it after upstream accepted. */
    async accept(videoId: VideoId): Promise<TaskRow> {
      await begin(videoId)
      return told(await ledger.accept({ videoId, attempt: 1 }, `up_${randomUUID()}` as ExternalTaskId))
    },

    async refuse(videoId: VideoId): Promise<TaskRow> {
      await begin(videoId)
      const failure = { errorCode: 'upstream_refused', errorMessage: 'No.', upstreamCode: 'no' } as const
      return told(await ledger.refuse({ videoId, attempt: 1 }, failure))
    },

    async complete(videoId: VideoId): Promise<TaskRow> {
      const task = (await relay.accept(videoId)) as FollowedVideo
      return told(await moves.apply(task, { to: 'COMPLETED' }))
    },

    /** As if another credential had made it. */
    async moveTo(videoId: VideoId, credential: string): Promise<void> {
      await database.db.execute(sql`
        update video_tasks set credential = ${credential}, pinned_to = ${credential} where video_id = ${videoId}`)
    },

    /** As if its clip had come to this in our own store. */
    async archive(videoId: VideoId, archived: Partial<Pick<TaskRow, 'archive' | 'clip'>>): Promise<void> {
      await database.db.update(videoTasks).set(archived).where(eq(videoTasks.videoId, videoId))
    },

    /** What a user's listeners hear from now on. */
    async hear(user: string): Promise<FeedUpdate[]> {
      const heard: FeedUpdate[] = []
      await listener.listen(user, (update) => heard.push(update))
      return heard
    },

    /** The job of a task's attempt or of a lane, as Redis has it. */
    job: (queue: 'submit' | 'poll', work: Work) => redis.hgetall(`{${prefix}}:${queue}:${idOf(work)}`),

    async close(): Promise<void> {
      await queues.close()
      for (const connection of [redis, subscriber]) connection.disconnect()
      await database.close()
      await testDatabase.drop()
      await rm(mediaFolder, { recursive: true, force: true })
    },
    [Symbol.asyncDispose]: () => relay.close(),
  }
  if (redisUrl === process.env.REDIS_URL) await Promise.all([redis, subscriber].map(ready))
  return relay

  async function begin(videoId: VideoId): Promise<void> {
    const run = { runId: randomUUID(), credential: firstCredential, twinKey: randomUUID() }
    const begun = await ledger.beginSubmission({ videoId, attempt: 1 }, run, {
      sendWindowMs: 0,
      sendingMs: 0,
    })
    if (begun !== 'begun') throw new Error(begun)
  }

  async function told(moved: TaskRow | undefined): Promise<TaskRow> {
    if (!moved) throw new Error('the task did not move')
    await announce(moved)
    return moved
  }
}

function linesTo(lines: Line[]): Writable {
  return new Writable({
    write(chunk, _, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  })
}

async function ready(connection: ReturnType<typeof openProducerConnection>): Promise<void> {
  if (connection.status !== 'ready') await new Promise<void>((resolve) => connection.once('ready', resolve))
}

/** Of one upstream with one key; `differs` is of its dialect. */
export function aRegistry(differs: object = {}) {
  const read = readDialect({ name: 'test', ...differs })
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  const baseUrl = 'https://upstream.example/v1'
  return singleUpstream({ baseUrl, apiKey: 'sk-test', dialect: read.dialect, dialectName: 'test' })
}
