import type { VideoId } from '@reelay/contracts/task'
import { and, desc, eq, gt, inArray, isNull, or, sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { createLedgerReads } from './ledger-reads.ts'
import {
  createInsert,
  type Inserted,
  type InsertedTask,
  type NewTaskRow,
  POSITION_STOPS_AT,
} from './moves/insert.ts'
import { type TaskRow, videoTasks } from './schema.ts'
import { createTaskList } from './task-list.ts'
import { createFeedReads } from './tasks/feed-reads.ts'
import { createFollowedReads } from './tasks/followed.ts'
import { createLineage } from './tasks/lineage.ts'
import { createSourceRead } from './tasks/source.ts'

export type { InsertedTask, InsertedTask as Submitted, NewTaskRow, NewTaskRow as NewTask }
export type TaskRepository = ReturnType<typeof createTaskRepository>

/** Reads and inserts of tasks. Everything that a user asks for names the user, so that no read can cross. */
export function createTaskRepository(db: Database) {
  // Said outright: a prepared statement uses the indexes of unfinished tasks only when it can tell.
  const unfinished = sql`${videoTasks.status} in ('QUEUED', 'PROCESSING')`
  const find = db
    .select()
    .from(videoTasks)
    .where(eq(videoTasks.videoId, sql.placeholder('videoId')))
    .prepare('find')
  const findOwn = db
    .select()
    .from(videoTasks)
    .where(
      and(
        eq(videoTasks.videoId, sql.placeholder('videoId')),
        eq(videoTasks.userId, sql.placeholder('userId')),
      ),
    )
    .prepare('find_own')
  const insert = createInsert(db)

  return {
    ...createFollowedReads(db),
    ...createLedgerReads(db),
    ...createLineage(db),
    ...createTaskList(db),
    ...createFeedReads(db),

    /**
     * Inserts a QUEUED task, or answers the one that has its user and `clientRequestId` already. May be
     * repeated after an answer was lost: the same `videoId` is the same task.
     */
    async insert(task: NewTaskRow): Promise<Inserted> {
      const position = await insert(task)
      if (position !== undefined) return { task: asInserted(task), created: true, position }

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
     * of the first, of the same user and at most five minutes old, is answered instead.
     */
    async insertOnce(task: NewTaskRow, resent: boolean): Promise<Inserted> {
      const { videoId, userId, requestHash, prompt, model, size, seconds, metadata } = task
      const [row] = await db.execute<{ name: VideoId }>(sql`
        select insert_task_once(
          ${videoId}, ${userId}, ${requestHash}, ${prompt}, ${model ?? null}, ${size ?? null},
          ${seconds ?? null}, ${JSON.stringify(metadata ?? {})}, ${resent}
        ) as name`)
      const found = row && (await this.find(row.name))
      if (!found) throw new Error('the task that was just inserted is gone')
      return { task: found, created: found.videoId === videoId }
    },

    /** The task that a request stands for already: by its key, or without one when it is a re-send. */
    async findRequest(
      { userId, clientRequestId, requestHash }: NewTaskRow,
      resent: boolean,
    ): Promise<TaskRow | undefined> {
      if (!clientRequestId && !resent) return undefined
      const same = clientRequestId
        ? eq(videoTasks.clientRequestId, clientRequestId)
        : and(
            isNull(videoTasks.clientRequestId),
            eq(videoTasks.requestHash, requestHash),
            gt(videoTasks.createdAt, sql`statement_timestamp() - interval '5 minutes'`),
          )
      const [task] = await db
        .select()
        .from(videoTasks)
        .where(and(eq(videoTasks.userId, userId), same))
        .orderBy(desc(videoTasks.createdAt))
        .limit(1)
      return task
    },

    /** What a remix takes of a user's own task. Those asked for in the same turn of the event loop share a query. */
    findSource: createSourceRead(db),

    async find(videoId: VideoId): Promise<TaskRow | undefined> {
      const [task] = await find.execute({ videoId })
      return task
    },

    async findOwn(userId: string, videoId: VideoId): Promise<TaskRow | undefined> {
      const [task] = await findOwn.execute({ videoId, userId })
      return task
    },

    /** A user's tasks by the keys of the requests that made them. */
    findByRequestIds(userId: string, clientRequestIds: string[]): Promise<TaskRow[]> {
      return db
        .select()
        .from(videoTasks)
        .where(and(eq(videoTasks.userId, userId), inArray(videoTasks.clientRequestId, clientRequestIds)))
        .orderBy(videoTasks.createdAt, videoTasks.videoId)
    },

    /**
     * A QUEUED task's place among its user's, from 1, for each of the named. Whoever has few tasks waiting is
     * served before who has many.
     */
    async queuePositions(videoIds: VideoId[]): Promise<Map<VideoId, number>> {
      if (videoIds.length === 0) return new Map()
      const rows = await db.execute<{ name: VideoId; position: number }>(sql`
        select t.video_id as name, (
          select count(*)::int from (
            select from video_tasks q
            where q.user_id = t.user_id and q.status = 'QUEUED'
            and (q.queued_at, q.video_id) <= (t.queued_at, t.video_id) limit ${POSITION_STOPS_AT}
          ) ahead
        ) as position
        from video_tasks t where t.video_id in ${videoIds}`)
      return new Map(rows.map(({ name, position }) => [name, Math.max(1, position)]))
    },

    /** A user's unfinished tasks, oldest first, at most `limit`. */
    unfinishedOf(userId: string, limit: number): Promise<Pick<TaskRow, 'videoId' | 'status'>[]> {
      return db
        .select({ videoId: videoTasks.videoId, status: videoTasks.status })
        .from(videoTasks)
        .where(and(eq(videoTasks.userId, userId), unfinished))
        .orderBy(videoTasks.queuedAt, videoTasks.videoId)
        .limit(limit)
    },

    /** A page of what somebody should be working on, by name: unfinished tasks and those with an open submission. */
    async unfinished(after: string, limit: number): Promise<Unfinished[]> {
      return db.execute<Unfinished>(sql`
        select video_id as "videoId", attempt, status, (
          select min(s.attempt) from submissions s
          where s.video_id = page.video_id and s.outcome in ('sending', 'in_doubt')
        ) as "openAttempt"
        from (
          (select video_id, attempt, status from video_tasks
            where video_id > ${after} and status in ('QUEUED', 'PROCESSING') order by video_id limit ${limit})
          union
          (select t.* from submissions s cross join lateral (
              select video_id, attempt, status from video_tasks where video_id = s.video_id limit 1
            ) t
            where s.video_id > ${after} and s.outcome in ('sending', 'in_doubt') order by s.video_id limit ${limit})
          order by video_id limit ${limit}
        ) page
        order by video_id`)
    },
  }
}

/** What a new row says, as far as its maker is told. */
function asInserted({ videoId, requestHash, metadata = {} }: NewTaskRow): InsertedTask {
  return {
    videoId,
    requestHash,
    metadata,
    attempt: 1,
    status: 'QUEUED',
    externalTaskId: null,
    errorCode: null,
    upstreamCode: null,
    errorMessage: null,
  }
}

export type Unfinished = Pick<TaskRow, 'videoId' | 'attempt' | 'status'> & { openAttempt: number | null }
