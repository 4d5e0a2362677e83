import { getTableColumns, sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { type TaskRow, videoTasks } from './schema.ts'

export type NewTask = Pick<
  typeof videoTasks.$inferInsert,
  | 'videoId'
  | 'userId'
  | 'clientRequestId'
  | 'requestHash'
  | 'prompt'
  | 'model'
  | 'size'
  | 'seconds'
  | 'metadata'
>

/** What became of an insert. A new task comes with its place among its user's QUEUED ones, from 1. */
export type Inserted = { task: TaskRow; created: boolean; position?: number }

/** A place in the queue is counted no further: who has so many waiting is last, and in the order of coming. */
export const POSITION_STOPS_AT = 1000

/** Inserts a QUEUED task and answers it with how many of its user wait already, unless its name or its key is there. */
export function createInsert(db: Database) {
  const ahead = sql<number>`(
    select count(*)::int from (
      select from video_tasks q where q.user_id = video_tasks.user_id and q.status = 'QUEUED'
      limit ${POSITION_STOPS_AT}
    ) ahead
  )`
  const insert = db
    .insert(videoTasks)
    .values({
      videoId: sql.placeholder('videoId'),
      userId: sql.placeholder('userId'),
      clientRequestId: sql.placeholder('clientRequestId'),
      requestHash: sql.placeholder('requestHash'),
      prompt: sql.placeholder('prompt'),
      model: sql.placeholder('model'),
      size: sql.placeholder('size'),
      seconds: sql.placeholder('seconds'),
      metadata: sql.placeholder('metadata'),
    })
    .onConflictDoNothing()
    .returning({ ...getTableColumns(videoTasks), ahead })
    .prepare('insert')
  return async ({ clientRequestId, model, size, seconds, metadata, ...task }: NewTask) => {
    const [inserted] = await insert.execute({
      ...task,
      clientRequestId: clientRequestId ?? null,
      model: model ?? null,
      size: size ?? null,
      seconds: seconds ?? null,
      metadata: metadata ?? {},
    })
    return inserted
  }
}
