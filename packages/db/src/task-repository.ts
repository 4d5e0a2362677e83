import { unfinishedStatuses } from '@reelay/contracts/lifecycle'
import type { ExternalTaskId, ListQuery, VideoId } from '@reelay/contracts/task'
import { and, asc, desc, eq, getTableColumns, gt, gte, inArray, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { type SubmissionRow, submissions, type TaskRow, videoTasks } from './schema.ts'

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

export type TaskRepository = ReturnType<typeof createTaskRepository>

const TOTAL_STOPS_AT = 10_000
const LINEAGE_MAX_DEPTH = 100
const LINEAGE_MAX_TASKS = 500

/** Reads and inserts of tasks. Everything that a user asks for names the user, so that no read can cross. */
export function createTaskRepository(db: Database) {
  const unfinished = inArray(videoTasks.status, [...unfinishedStatuses])

  return {
    /**
     * Inserts a QUEUED task, or answers the one that has its user and `clientRequestId` already. May be
     * repeated after an answer was lost: the same `videoId` is the same task.
     */
    async insert(task: NewTask): Promise<{ task: TaskRow; created: boolean }> {
      const [created] = await db.insert(videoTasks).values(task).onConflictDoNothing().returning()
      if (created) return { task: created, created: true }

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

    async find(videoId: VideoId): Promise<TaskRow | undefined> {
      const [task] = await db.select().from(videoTasks).where(eq(videoTasks.videoId, videoId))
      return task
    },

    async findOwn(userId: string, videoId: VideoId): Promise<TaskRow | undefined> {
      const [task] = await db
        .select()
        .from(videoTasks)
        .where(and(eq(videoTasks.videoId, videoId), eq(videoTasks.userId, userId)))
      return task
    },

    /** An attempt's submission, and its age in ms by the database's clock. */
    async findSubmission(videoId: VideoId, attempt: number): Promise<AgedSubmission | undefined> {
      const ageMs = sql<number>`(extract(epoch from clock_timestamp() - ${submissions.startedAt}) * 1000)::float8`
      const [submission] = await db
        .select({ ...getTableColumns(submissions), ageMs })
        .from(submissions)
        .where(and(eq(submissions.videoId, videoId), eq(submissions.attempt, attempt)))
      return submission
    },

    /** Whether a submission that could be mistaken for this one is open. */
    async hasOpenTwin(twinKey: string): Promise<boolean> {
      const twins = await db
        .select({ videoId: submissions.videoId })
        .from(submissions)
        .where(and(eq(submissions.twinKey, twinKey), inArray(submissions.outcome, ['sending', 'in_doubt'])))
      return twins.length > 0
    },

    /** Which of these upstream names the ledger has already. */
    async knownExternalIds(ids: ExternalTaskId[]): Promise<Set<ExternalTaskId>> {
      if (ids.length === 0) return new Set()
      const rows = await db
        .select({ id: submissions.externalId })
        .from(submissions)
        .where(inArray(submissions.externalId, ids))
      return new Set(rows.flatMap(({ id }) => id ?? []))
    },

    /** One page of tasks; `userId` undefined means everybody's, for an ADMIN. The total stops at 10 000. */
    async list(userId: string | undefined, query: ListQuery, after: Cursor | undefined) {
      const sortKey = sortKeys[query.orderBy]
      const direction = query.order === 'asc' ? asc : desc
      const wanted = and(
        userId === undefined ? undefined : eq(videoTasks.userId, userId),
        query.status && eq(videoTasks.status, query.status),
        query.clientRequestId ? eq(videoTasks.clientRequestId, query.clientRequestId) : undefined,
      )
      const rows = await db
        .select()
        .from(videoTasks)
        .where(and(wanted, after && beyond(sortKey, query.order, after)))
        .orderBy(direction(sortKey), direction(videoTasks.videoId))
        .limit(query.pageSize + 1)
        .offset(after ? 0 : (query.page - 1) * query.pageSize)
      const counted = db
        .select({ one: sql`1` })
        .from(videoTasks)
        .where(wanted)
        .limit(TOTAL_STOPS_AT)
        .as('counted')
      const [count] = await db.select({ total: sql<number>`count(*)::int` }).from(counted)

      const tasks = rows.slice(0, query.pageSize)
      const last = rows.length > query.pageSize ? tasks.at(-1) : undefined
      const next = last && { at: (last[query.orderBy] ?? new Date(0)).toISOString(), videoId: last.videoId }
      return { tasks, total: count?.total ?? 0, next }
    },

    /**
     * A task's ancestors (root first) and all its descendants (parents before children), in one round trip.
     * `truncated` says that depth or size was cut.
     */
    async lineage(userId: string, videoId: VideoId) {
      const nodes = sql`(
        with recursive up as (
          select video_id, metadata ->> 'remix_from' as parent, 0 as depth from video_tasks
          where video_id = ${videoId} and user_id = ${userId}
          union all
          select t.video_id, t.metadata ->> 'remix_from', up.depth - 1
          from up join video_tasks t on t.video_id = up.parent and t.user_id = ${userId}
          where up.depth >= ${-LINEAGE_MAX_DEPTH}
        ), down as (
          select video_id, 0 as depth from up where depth = 0
          union all
          select t.video_id, down.depth + 1
          from down join video_tasks t on t.metadata ->> 'remix_from' = down.video_id and t.user_id = ${userId}
          where down.depth <= ${LINEAGE_MAX_DEPTH}
        )
        select video_id, depth from up where depth < 0
        union all
        (select video_id, depth from down limit ${LINEAGE_MAX_TASKS + 2})
      ) as node`
      const rows = await db
        .select({ task: getTableColumns(videoTasks), depth: sql<number>`node.depth` })
        .from(videoTasks)
        .innerJoin(nodes, sql`node.video_id = ${videoTasks.videoId}`)
        .orderBy(sql`node.depth`, videoTasks.createdAt, videoTasks.videoId)

      const kept = rows.filter(({ depth }) => Math.abs(depth) <= LINEAGE_MAX_DEPTH)
      const descendants = kept.filter(({ depth }) => depth > 0).map(({ task }) => task)
      return {
        ancestors: kept.filter(({ depth }) => depth < 0).map(({ task }) => task),
        task: kept.find(({ depth }) => depth === 0)?.task,
        descendants: descendants.slice(0, LINEAGE_MAX_TASKS),
        truncated: kept.length < rows.length || descendants.length > LINEAGE_MAX_TASKS,
      }
    },

    /** What a listener has to know on connecting: all that is unfinished, and all that ended since. Oldest change first. */
    snapshot(userId: string, endedSince: Date): Promise<TaskRow[]> {
      return db
        .select()
        .from(videoTasks)
        .where(and(eq(videoTasks.userId, userId), or(unfinished, gte(videoTasks.completedAt, endedSince))))
        .orderBy(videoTasks.updatedAt)
    },

    /** What changed lately for these users; `endedOnly` leaves out what goes on. */
    changedLately(userIds: string[], sinceMs: number, endedOnly: boolean): Promise<TaskRow[]> {
      const since = sql`clock_timestamp() - ${sinceMs} * interval '1 ms'`
      return db
        .select()
        .from(videoTasks)
        .where(
          and(
            inArray(videoTasks.userId, userIds),
            endedOnly ? gte(videoTasks.completedAt, since) : gte(videoTasks.updatedAt, since),
          ),
        )
        .orderBy(videoTasks.updatedAt)
    },

    /** A page of what somebody should be working on, by name: unfinished tasks and those with an open submission. */
    unfinished(after: string, limit: number): Promise<Unfinished[]> {
      return db
        .select({
          videoId: videoTasks.videoId,
          attempt: videoTasks.attempt,
          status: videoTasks.status,
          // Spelled out: drizzle leaves the table's name away here, and submissions have a video_id, too.
          openAttempt: sql<number | null>`(
            select min(s.attempt) from submissions s
            where s.video_id = video_tasks.video_id and s.outcome in ('sending', 'in_doubt')
          )`,
        })
        .from(videoTasks)
        .where(
          and(
            gt(videoTasks.videoId, sql`${after}`),
            or(
              unfinished,
              sql`${videoTasks.videoId} in (select video_id from submissions where outcome in ('sending', 'in_doubt'))`,
            ),
          ),
        )
        .orderBy(videoTasks.videoId)
        .limit(limit)
    },
  }
}

export type AgedSubmission = SubmissionRow & { ageMs: number }
export type Cursor = { at: string; videoId: string }
export type Unfinished = Pick<TaskRow, 'videoId' | 'attempt' | 'status'> & { openAttempt: number | null }

const sortKeys = {
  createdAt: sql`${videoTasks.createdAt}`,
  updatedAt: sql`${videoTasks.updatedAt}`,
  completedAt: sql`coalesce(${videoTasks.completedAt}, 'epoch')`,
} satisfies Record<ListQuery['orderBy'], SQL>

function beyond(sortKey: SQL, order: ListQuery['order'], { at, videoId }: Cursor): SQL {
  const position = sql`(${sortKey}, ${videoTasks.videoId})`
  const cursor = sql`(${at}::timestamptz, ${videoId})`
  return order === 'asc' ? sql`${position} > ${cursor}` : sql`${position} < ${cursor}`
}
