import type { ListQuery } from '@reelay/contracts/task'
import { and, asc, desc, eq, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { completedOrNever, type TaskRow, videoTasks } from '../schema.ts'
import { isoText } from '../task-view.ts'

/** Where a page ended: the next one begins beyond it. */
export type Cursor = { at: string; videoId: string }

export type TaskRowPage = { tasks: TaskRow[]; total: number; next: Cursor | undefined }

const TOTAL_STOPS_AT = 10_000

const sortKeys = {
  createdAt: sql`${videoTasks.createdAt}`,
  updatedAt: sql`${videoTasks.updatedAt}`,
  completedAt: completedOrNever(videoTasks),
} satisfies Record<ListQuery['orderBy'], SQL>

/** Lists of tasks. The indexes of schema.ts hold each order of them. */
export function createTaskList(db: Database) {
  return {
    /** One page of tasks; `userId` undefined means everybody's, for an ADMIN. The total stops at 10 000. */
    async list(
      userId: string | undefined,
      query: ListQuery,
      after: Cursor | undefined,
    ): Promise<TaskRowPage> {
      const sortKey = sortKeys[query.orderBy]
      const direction = query.order === 'asc' ? asc : desc
      const order = [direction(sortKey), direction(videoTasks.videoId)]
      const wanted = and(
        userId === undefined ? undefined : eq(videoTasks.userId, userId),
        query.status && eq(videoTasks.status, query.status),
        query.clientRequestId ? eq(videoTasks.clientRequestId, query.clientRequestId) : undefined,
      )
      // Names first: an index knows them, so that a far page reads no rows of the pages before it.
      const names = db
        .select({ videoId: videoTasks.videoId })
        .from(videoTasks)
        .where(and(wanted, after && beyond(sortKey, query.order, after)))
        .orderBy(...order)
        .limit(query.pageSize + 1)
        .offset(after ? 0 : (query.page - 1) * query.pageSize)
        .as('page')
      const rows = await db
        .select({ task: videoTasks })
        .from(names)
        .innerJoin(videoTasks, eq(videoTasks.videoId, names.videoId))
        .orderBy(...order)
      const tasks = rows.slice(0, query.pageSize).map(({ task }) => task)
      const last = rows.length > query.pageSize ? tasks.at(-1) : undefined
      const next = last && { at: isoText(last[query.orderBy] ?? new Date(0)), videoId: last.videoId }
      return { tasks, total: await count(wanted), next }
    },
  }

  /** In an order that an index holds for every filter: without one Postgres may walk the table to its end. */
  async function count(wanted: SQL | undefined): Promise<number> {
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
}

function beyond(sortKey: SQL, order: ListQuery['order'], { at, videoId }: Cursor): SQL {
  const position = sql`(${sortKey}, ${videoTasks.videoId})`
  const cursor = sql`(${at}::timestamptz, ${videoId})`
  return order === 'asc' ? sql`${position} > ${cursor}` : sql`${position} < ${cursor}`
}
