import type { VideoId } from '@reelay/contracts/task'
import { and, eq, or, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { type TaskRow, videoTasks } from '../schema.ts'
import { createFinds } from '../tasks/finds.ts'
import { createInsertTogether, type NewTaskRow } from './insert-together.ts'

/** What became of an insert. A new task comes with its place among its user's QUEUED ones, from 1. */
export type Inserted = { task: InsertedTask; created: boolean; position?: number }

export type InsertedTask = Pick<
  TaskRow,
  | 'videoId'
  | 'attempt'
  | 'status'
  | 'requestHash'
  | 'externalTaskId'
  | 'metadata'
  | 'errorCode'
  | 'upstreamCode'
  | 'errorMessage'
  | 'deletedAt'
  | 'progress'
  | 'prompt'
  | 'model'
  | 'size'
  | 'seconds'
  | 'clip'
  | 'createdAt'
  | 'completedAt'
>

export function createInserts(db: Database) {
  const insertTogether = createInsertTogether(db)
  const { find } = createFinds(db)

  return {
    /**
     * Inserts a QUEUED task, or returns the one that has its user and `clientRequestId` already. May be
     * repeated after an answer was lost: the same `videoId` is the same task.
     */
    async insert(task: NewTaskRow): Promise<Inserted> {
      const queued = await insertTogether(task)
      if (queued) {
        const { position, createdAt } = queued
        return { task: asInserted(task, createdAt), created: true, position }
      }

      const sameKey = and(
        eq(videoTasks.userId, task.userId),
        eq(videoTasks.clientRequestId, task.clientRequestId ?? ''),
      )
      const [earlier] = await db
        .select()
        .from(videoTasks)
        .where(or(eq(videoTasks.videoId, task.videoId), sameKey))
      if (!earlier) throw new Error('a task with this clientRequestId was there and is gone')
      return { task: earlier, created: earlier.videoId === task.videoId }
    },

    /**
     * Inserts a task of a request without a key. `resent` says that the client sent it before: then the task
     * of the first, of the same user and at most five minutes old, is returned instead.
     */
    async insertOnce(task: NewTaskRow, resent: boolean): Promise<Inserted> {
      const { videoId, userId, requestHash, prompt, model, size, seconds, metadata, pinnedTo } = task
      const [row] = await db.execute<{ name: VideoId }>(sql`
        select insert_task_once(
          ${videoId}, ${userId}, ${requestHash}, ${prompt}, ${model ?? null}, ${size ?? null},
          ${seconds ?? null}, ${JSON.stringify(metadata ?? {})}, ${pinnedTo ?? null}, ${resent}
        ) as name`)
      const found = row && (await find(row.name))
      if (!found) throw new Error('the task that was just inserted is gone')
      return { task: found, created: found.videoId === videoId }
    },
  }
}

function asInserted(task: NewTaskRow, createdAt: Date): InsertedTask {
  const { videoId, requestHash, metadata = {}, prompt, model, size, seconds } = task
  return {
    ...{ videoId, requestHash, metadata, prompt },
    model: model ?? null,
    size: size ?? null,
    seconds: seconds ?? null,
    attempt: 1,
    status: 'QUEUED',
    progress: 0,
    externalTaskId: null,
    errorCode: null,
    upstreamCode: null,
    errorMessage: null,
    deletedAt: null,
    clip: null,
    createdAt,
    completedAt: null,
  }
}
