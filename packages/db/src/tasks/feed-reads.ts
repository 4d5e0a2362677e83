import { and, eq, gte, isNull, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { unfinished } from '../literals.ts'
import { isOneOf } from '../one-of.ts'
import { type TaskRow, users, videoTasks } from '../schema.ts'

const FRESH_MS = 10 * 60_000
const COUNT_STOPS_AT = 10_000

const isUnfinished = sql`${videoTasks.status} in ${unfinished}`

export function createFeedReads(db: Database) {
  const snapshot = prepareSnapshot(db)

  return {
    /**
     * What a listener has to know on connecting: all that is unfinished, and all that ended since any of these
     * (undefined: in the last ten minutes). Oldest change first. Undefined when there is no such user.
     */
    async snapshot(userId: string, endedSince: (Date | undefined)[]): Promise<TaskRow[] | undefined> {
      const times = endedSince.map((since) => since?.getTime()).filter((ms) => ms !== undefined)
      const rows = await snapshot.execute({
        userId,
        since: times.length === 0 ? null : new Date(Math.min(...times)).toISOString(),
        isFresh: times.length < endedSince.length,
      })
      return rows.length === 0 ? undefined : rows.flatMap(({ task }) => task ?? [])
    },

    changedLately(userIds: string[], sinceMs: number, endedOnly: boolean): Promise<TaskRow[]> {
      const changed = gte(endedOnly ? videoTasks.completedAt : videoTasks.updatedAt, ago(sinceMs))
      return db
        .select()
        .from(videoTasks)
        .where(and(isOneOf(videoTasks.userId, userIds), changed, isNull(videoTasks.deletedAt)))
        .orderBy(videoTasks.updatedAt)
    },

    async countUnfinished(userId: string): Promise<number> {
      const running = db
        .select({ one: sql`1` })
        .from(videoTasks)
        .where(and(eq(videoTasks.userId, userId), isUnfinished))
        .limit(COUNT_STOPS_AT)
        .as('running')
      const [row] = await db.select({ count: sql<number>`count(*)::int` }).from(running)
      return row?.count ?? 0
    },
  }
}

/** Once: building the query took longer than any other part of opening a feed. */
function prepareSnapshot(db: Database) {
  const since = sql`${sql.placeholder('since')}::timestamptz`
  const isFresh = sql`${sql.placeholder('isFresh')}::boolean`
  const ended = gte(
    videoTasks.completedAt,
    sql`least(${since}, case when ${isFresh} then ${ago(FRESH_MS)} end)`,
  )
  return db
    .select({ task: videoTasks })
    .from(users)
    .leftJoin(
      videoTasks,
      and(eq(videoTasks.userId, users.id), isNull(videoTasks.deletedAt), or(isUnfinished, ended)),
    )
    .where(eq(users.id, sql.placeholder('userId')))
    .orderBy(videoTasks.updatedAt)
    .prepare('snapshot')
}

/** Unlike clock_timestamp(), which may change from row to row, this one can be searched for in an index. */
function ago(ms: number): SQL {
  return sql`statement_timestamp() - ${ms} * interval '1 ms'`
}
