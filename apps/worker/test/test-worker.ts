import { randomBytes } from 'node:crypto'
import { openDatabase } from '@reelay/db/client'
import type { Permits } from '@reelay/db/ledger'
import { videoTasks } from '@reelay/db/schema'
import { createTaskRepository } from '@reelay/db/task-repository'
import { createTestDatabase } from '@reelay/db/test-database'
import { createTransitions } from '@reelay/db/transitions'
import { createUpstreamState } from '@reelay/db/upstream-state'
import { createUserRepository } from '@reelay/db/user-repository'
import { openProducerConnection } from '@reelay/queue/connection'
import { createProgressPublisher } from '@reelay/queue/progress'
import { createQueues } from '@reelay/queue/queues'
import { startSimulator } from '@reelay/simulator/server'
import { createSoraClient, type SoraOptions } from '@reelay/sora/client'
import { eq } from 'drizzle-orm'
import { pino } from 'pino'
import { createAnnouncer } from '../src/announce.ts'
import type { Notes, StepRun } from '../src/outcome.ts'
import { createPace } from '../src/pace.ts'
import { createPoll } from '../src/poll.ts'
import { createRecall } from '../src/recall.ts'
import { createReconcile, type ReconcilePolicy } from '../src/reconcile.ts'
import { createSettle } from '../src/settle.ts'
import { createSubmit } from '../src/submit.ts'

/** The worker's steps over a real Postgres, Redis and simulator, to be called one at a time. */
export async function buildTestWorker(
  upstream: Partial<SoraOptions> = {},
  reconcilePolicy: Partial<ReconcilePolicy> = {},
  permits: Permits = { sendingMs: 1500 },
) {
  const log = pino({ level: 'silent' })
  const prefix = `test-${randomBytes(6).toString('hex')}`
  const testDatabase = await createTestDatabase()
  const database = openDatabase(testDatabase.url)
  const redis = openProducerConnection(process.env.REDIS_URL ?? '', log)
  const simulator = await startSimulator({ key: 'sk-test', script: { queuedMs: 0, renderMs: 60_000 } })

  const sora = createSoraClient({
    baseUrl: simulator.url,
    apiKey: 'sk-test',
    auth: 'bearer',
    remixVerb: 'remix',
    remixModel: 'omit',
    submitTimeoutMs: 1000,
    pollTimeoutMs: 1000,
    sendWindowMs: 2000,
    ...upstream,
  })
  const tasks = createTaskRepository(database.db)
  const transitions = createTransitions(database.db)
  const queues = createQueues({ connection: redis, prefix })
  const announced: { status: string; version: number }[] = []
  const publish = createProgressPublisher({ connection: redis, prefix, log })
  const tell = createAnnouncer({ publish, overdueMs: 600_000, log })
  const announce: typeof tell = async (moved) => {
    announced.push({ status: moved.status, version: moved.version })
    await tell(moved)
  }
  const upstreamState = createUpstreamState(database.db)
  const pace = createPace(upstreamState, 5000)
  const shared = { tasks, transitions, upstream: upstreamState, queues, sora, announce, pace, log }
  const reconcile = createReconcile({
    ...shared,
    policy: {
      by: 'list',
      sourceIsTold: true,
      sendingMs: 1500,
      windowMs: 1000,
      deadlineMs: 86_400_000,
      ...reconcilePolicy,
    },
  })
  const submit = createSubmit({
    ...shared,
    recall: createRecall({ ...shared, lostAfterMs: 1500 }),
    settle: createSettle({ ...shared, pollIntervalMs: 5000 }),
    permits,
    sourceIsTold: true,
    deadlineMs: 86_400_000,
  })
  const poll = createPoll({
    ...shared,
    reconcile,
    policy: { pollIntervalMs: 5000, overdueMs: 600_000, deadlineMs: 86_400_000, autoRetries: 1 },
  })

  const user = await createUserRepository(database.db).insert({
    username: 'owner',
    email: 'owner@example.com',
    passwordHash: '-',
  })
  if (typeof user === 'string') throw new Error(`${user} is taken`)

  return {
    ...shared,
    simulator,
    announced,
    submit,
    poll,
    run,

    /** A QUEUED task as the api would have inserted it. */
    async aTask(of: Partial<typeof videoTasks.$inferInsert> = {}) {
      const videoId =
        `video_${Date.now()}_${randomBytes(6).toString('hex')}` as typeof videoTasks.$inferInsert.videoId
      const { task } = await tasks.insert({
        videoId,
        userId: user.id,
        requestHash: '-',
        prompt: 'a red kite',
        ...of,
      })
      return task
    },

    /** Changes a row behind everybody's back. */
    async alter(videoId: string, set: Partial<typeof videoTasks.$inferInsert>) {
      await database.db
        .update(videoTasks)
        .set(set)
        .where(eq(videoTasks.videoId, videoId as never))
    },

    async deleteTask(videoId: string) {
      await database.db.delete(videoTasks).where(eq(videoTasks.videoId, videoId as never))
    },

    async bill(): Promise<{ total: number }> {
      return (await fetch(`${simulator.adminUrl}/bill`)).json() as Promise<{ total: number }>
    },

    jobState: (name: 'submit' | 'poll', { videoId, attempt }: { videoId: string; attempt: number }) =>
      queues.state(name, { videoId: videoId as never, attempt }),

    async close() {
      await queues.close()
      redis.disconnect()
      await Promise.all([sora.close(), simulator.close(), database.close()])
      await testDatabase.drop()
    },
  }
}

/** How BullMQ would run a step. */
function run(notes: Notes = {}, signal = new AbortController().signal): StepRun {
  return { notes, signal }
}
