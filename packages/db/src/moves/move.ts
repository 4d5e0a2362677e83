import { isTerminal, type MayBecome, mayMove, type TaskStatus } from '@reelay/contracts/lifecycle'
import { and, getTableColumns, inArray, type SQL, sql, type WithSubquery } from 'drizzle-orm'
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core'
import type { Database } from '../client.ts'
import { type TaskRow, videoTasks } from '../schema.ts'

export type Columns = Omit<PgUpdateSetSource<typeof videoTasks>, 'status' | 'version' | 'updatedAt'>

type Move<To extends TaskStatus> = {
  from: readonly MayBecome<To>[]
  to: To
  guard: SQL | undefined
  set?: Columns
  after?: WithSubquery
}

const now = sql`clock_timestamp()`

export const nextAttempt = {
  attempt: sql`${videoTasks.attempt} + 1`,
  progress: 0,
  overdue: false,
  externalTaskId: null,
  credential: null,
  acceptedAt: null,
  queuedAt: now,
}

/**
 * Moves a task if it still has a status that it may leave, in one statement, and returns the moved row. Undefined
 * means that someone got there first: a normal answer. `after` is the ledger's change in the same statement, and
 * `guard` ties the task to what that returns. Throws when lifecycle.ts has no such move.
 */
export async function move<To extends TaskStatus>(
  db: Database,
  { from, to, guard, set, after }: Move<To>,
): Promise<TaskRow | undefined> {
  const forbidden = from.find((status) => !mayMove(status, to))
  if (forbidden) throw new Error(`no task moves from ${forbidden} to ${to}`)
  const end = isTerminal(to) && { completedAt: now }
  return update(db, and(guard, inArray(videoTasks.status, [...from])), { ...end, ...set, status: to }, after)
}

export function changeWithin(
  db: Database,
  status: TaskStatus | readonly TaskStatus[],
  { guard, set }: { guard: SQL | undefined; set: Columns },
): Promise<TaskRow | undefined> {
  return update(db, and(guard, inArray(videoTasks.status, [status].flat())), set)
}

async function update(
  db: Database,
  guard: SQL | undefined,
  set: PgUpdateSetSource<typeof videoTasks>,
  after?: WithSubquery,
): Promise<TaskRow | undefined> {
  const columns = { ...set, version: sql`${videoTasks.version} + 1`, updatedAt: now }
  const [moved] = after
    ? await db
        .with(after)
        .update(videoTasks)
        .set(columns)
        .from(after)
        .where(guard)
        .returning(getTableColumns(videoTasks))
    : await db.update(videoTasks).set(columns).where(guard).returning()
  return moved
}
