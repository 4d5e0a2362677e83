import { randomUUID } from 'node:crypto'
import { firstCredential } from '@reelay/contracts/credential'
import { derivationKinds } from '@reelay/contracts/derivation'
import type { ExternalTaskId, VideoId } from '@reelay/contracts/task'
import { taskUpdate } from '@reelay/contracts/task-update'
import type { Database } from '@reelay/db/client'
import { createLedger } from '@reelay/db/ledger'
import { createMoves } from '@reelay/db/moves'
import type { TaskRow } from '@reelay/db/schema'
import type { TaskFailure } from '@reelay/db/task-columns'
import { toTaskView } from '@reelay/db/task-view'
import { createTasks } from '@reelay/db/tasks'
import type { FollowedVideo } from '@reelay/db/tasks/lanes'
import { createProgressPublisher } from '@reelay/queue/progress'
import type { Logger } from 'pino'

type Deps = {
  db: Database
  redis: Parameters<typeof createProgressPublisher>[0]['connection']
  prefix: string
  log: Logger
}

/** The moves of the other process: each changes the row and tells of it, as a worker does. */
export function createTestWorker({ db, redis, prefix, log }: Deps) {
  const tasks = createTasks(db)
  const moves = createMoves(db)
  const ledger = createLedger(db)
  const publishUpdate = createProgressPublisher({ connection: redis, prefix, log })

  const worker = {
    async accept(videoId: string, externalTaskId: string = `upstream_${randomUUID()}`): Promise<TaskRow> {
      const task = await begin(videoId)
      return told(await ledger.accept(task, externalTaskId as ExternalTaskId))
    },

    async refuse(videoId: string, failure: Partial<TaskFailure> = {}): Promise<TaskRow> {
      const task = await begin(videoId)
      return told(
        await ledger.refuse(task, {
          errorCode: 'upstream_refused',
          errorMessage: 'The request was refused.',
          upstreamCode: 'invalid_value',
          ...failure,
        }),
      )
    },

    async progress(videoId: string, progress: number): Promise<TaskRow> {
      return told(await moves.apply(await processing(videoId), { to: 'PROCESSING', progress }))
    },

    async complete(videoId: string): Promise<TaskRow> {
      return told(await moves.apply(await processing(videoId), { to: 'COMPLETED' }))
    },

    async fail(videoId: string, errorMessage: string): Promise<TaskRow> {
      const change = { to: 'FAILED', errorCode: 'upstream_failed', errorMessage } as const
      return told(await moves.apply(await processing(videoId), change))
    },

    /** A visible change that is none of the lifecycle's: the version grows, and listeners hear of it. */
    async touch(videoId: string, assignments = ''): Promise<TaskRow> {
      await db.execute(
        `update video_tasks set version = version + 1, updated_at = clock_timestamp() ${assignments && `, ${assignments}`}
        where video_id = '${videoId}'`,
      )
      return told(await tasks.find(videoId as VideoId))
    },

    /** Tells of a row as it is, whether it changed or not. */
    publish: (row: TaskRow) => publishUpdate(row.userId, taskUpdate(toTaskView(row))),
  }
  return worker

  async function begin(videoId: string) {
    const task = { videoId: videoId as VideoId, attempt: 1 }
    const type = (await tasks.find(task.videoId))?.metadata.type
    const kind = derivationKinds.find((kind) => kind === type)
    const begun = await ledger.beginSubmission(
      task,
      { runId: randomUUID(), credential: firstCredential, kind, twinKey: randomUUID() },
      { sendWindowMs: 0, sendingMs: 0 },
    )
    if (begun !== 'begun') throw new Error(begun)
    return task
  }

  async function processing(videoId: string): Promise<FollowedVideo> {
    return (await tasks.find(videoId as VideoId)) as FollowedVideo
  }

  async function told(row: TaskRow | undefined): Promise<TaskRow> {
    if (!row) throw new Error('the task did not move')
    await worker.publish(row)
    return row
  }
}
