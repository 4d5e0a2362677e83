import { and, eq, lt, or, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { type TaskRow, videoTasks } from '../schema.ts'
import {
  columnsFailed,
  columnsTold,
  isAttempt,
  isUntold,
  type TaskFailure,
  type Told,
} from '../task-columns.ts'
import type { ProcessingTask } from '../tasks/followed.ts'
import { changeWithin, move, nextAttempt } from './move.ts'

export type Change = Progress | Completion | ({ to: 'FAILED' } & TaskFailure) | SecondTry

type Completion = { to: 'COMPLETED'; archive?: boolean } & Told

/** `upstreamCode` is what upstream said of the failure, for the timeline. */
type SecondTry = { to: 'QUEUED'; upstreamCode?: string | undefined }

type Progress = { to: 'PROCESSING'; progress: number; overdue?: boolean } & Told

const from = ['PROCESSING'] as const

export function createApply(db: Database) {
  return {
    async apply(task: ProcessingTask, change: Change): Promise<TaskRow | undefined> {
      const guard = and(isAttempt(task), eq(videoTasks.externalTaskId, task.externalTaskId))
      switch (change.to) {
        case 'PROCESSING':
          return changeWithin(db, change.to, { guard: and(guard, isNews(change)), set: columnsOf(change) })
        case 'COMPLETED':
          return move(db, { from, to: change.to, guard, set: columnsCompleted(change) })
        case 'FAILED':
          return move(db, { from, to: change.to, guard, set: columnsFailed(change) })
        case 'QUEUED':
          return move(db, { from, to: change.to, guard, set: columnsAgain(change) })
      }
    },
  }
}

function columnsAgain({ upstreamCode }: SecondTry) {
  const autoRetriesUsed = sql`${videoTasks.autoRetriesUsed} + 1`
  return { ...nextAttempt, autoRetriesUsed, upstreamCode: upstreamCode ?? null }
}

function columnsCompleted({ archive, ...told }: Completion) {
  return { ...columnsTold(told), progress: 100, archive: archive ? ('pending' as const) : null }
}

function isNews({ progress, overdue, ...told }: Progress) {
  return or(
    lt(videoTasks.progress, progress),
    overdue ? eq(videoTasks.overdue, false) : undefined,
    isUntold(told),
  )
}

function columnsOf({ progress, overdue, ...told }: Progress) {
  return {
    ...columnsTold(told),
    progress: sql`greatest(${videoTasks.progress}, ${progress})`,
    overdue: sql`${videoTasks.overdue} or ${overdue ?? false}`,
  }
}
