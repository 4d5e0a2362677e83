import type { ListQuery } from '@reelay/contracts/task-requests'
import { and, asc, desc, eq, isNull, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { completedOrNever, type TaskRow, videoTasks } from '../schema.ts'
import { isoText } from '../task-view.ts'

export type Cursor = { at: string; videoId: string }

export type TaskRowPage = { tasks: TaskRow[]; total: number; next: Cursor | undefined }

const TOTAL_STOPS_AT = 10_000

const sortKeys = {
  createdAt: sql`${videoTasks.createdAt}`,
  updatedAt: sql`${videoTasks.updatedAt}`,
  completedAt: completedOrNever(videoTasks),
} satisfies Record<ListQuery['orderBy'], SQL>

export function createTaskList(db: Database) {
  return {
    async list(
      userId: string | undefined,
      query: ListQuery,
      after: Cursor | undefined,
    ): Promise<TaskRowPage> {
      const wanted = and(
        isNull(videoTasks.deletedAt),
        userId === undefined ? undefined : eq(videoTasks.userId, userId),
        query.status && eq(videoTasks.status, query.status),
        query.clientRequestId ? eq(videoTasks.clientRequestId, query.clientRequestId) : undefined,
      )
      const found = await read(db, wanted, query, after)
      const tasks = found.slice(0, query.pageSize)
      const last = found.length > query.pageSize ? tasks.at(-1) : undefined
      const next = last && { at: isoText(last[query.orderBy] ?? new Date(0)), videoId: last.videoId }
      return { tasks, total: await count(db, wanted), next }
    },

    async listAfter(
      userId: string,
      last: Pick<TaskRow, 'videoId' | 'createdAt'> | undefined,
      { limit, order }: { limit: number; order: ListQuery['order'] },
    ): Promise<{ tasks: TaskRow[]; hasMore: boolean }> {
      const after = last && { at: isoText(last.createdAt), videoId: last.videoId }
      const wanted = and(eq(videoTasks.userId, userId), isNull(videoTasks.deletedAt))
      const found = await read(db, wanted, { orderBy: 'createdAt', order, page: 1, pageSize: limit }, after)
      return { tasks: found.slice(0, limit), hasMore: found.length > limit }
    },
  }
}

async function read(
  db: Database,
  wanted: SQL | undefined,
  { orderBy, order, page, pageSize }: Pick<ListQuery, 'orderBy' | 'order' | 'page' | 'pageSize'>,
  after: Cursor | undefined,
): Promise<TaskRow[]> {
  const sortKey = sortKeys[orderBy]
  const direction = order === 'asc' ? asc : desc
  const inOrder = [direction(sortKey), direction(videoTasks.videoId)]
  // Names first: an index knows them, so that a far page reads no rows of the pages before it.
  const names = db
    .select({ videoId: videoTasks.videoId })
    .from(videoTasks)
    .where(and(wanted, after && beyond(sortKey, order, after)))
    .orderBy(...inOrder)
    .limit(pageSize + 1)
    .offset(after ? 0 : (page - 1) * pageSize)
    .as('page')
  const rows = await db
    .select({ task: videoTasks })
    .from(names)
    .innerJoin(videoTasks, eq(videoTasks.videoId, names.videoId))
    .orderBy(...inOrder)
  return rows.map(({ task }) => task)
}

/** In an order that an index holds for every filter: without one Postgres may walk the table to its end. */
async function count(db: Database, wanted: SQL | undefined): Promise<number> {
  const counted = db
    .select({ one: sql`1` })
    .from(videoTasks)
    .where(wanted)
    .orderBy(videoTasks.createdAt, videoTasks.videoId)
    .limit(TOTAL_STOPS_AT)
    .as('counted')
  const [row] = await db.select({ total: sql<number>`count(*)::int` }).from(counted)
  return row?.total ?? 0
}

function beyond(sortKey: SQL, order: ListQuery['order'], { at, videoId }: Cursor): SQL {
  const position = sql`(${sortKey}, ${videoTasks.videoId})`
  const cursor = sql`(${at}::timestamptz, ${videoId})`
  return order === 'asc' ? sql`${position} > ${cursor}` : sql`${position} < ${cursor}`
}
