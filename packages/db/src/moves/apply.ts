import { and, eq, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { type TaskRow, videoTasks } from '../schema.ts'
import { columnsFailed, columnsTold, isAttempt, type TaskFailure, type Told } from '../task-columns.ts'
import type { FollowedVideo } from '../tasks/lanes.ts'
import { move, nextAttempt } from './move.ts'
import { createNewsMoves, type Progress } from './news.ts'

export type Change = Progress | Completion | ({ to: 'FAILED' } & TaskFailure) | SecondTry

type Completion = { to: 'COMPLETED'; archive?: boolean } & Told

/** `upstreamCode` is what upstream said of the failure, for the timeline. */
type SecondTry = { to: 'QUEUED'; upstreamCode?: string | undefined }

const from = ['PROCESSING'] as const

export function createApply(db: Database) {
  const { applyNews } = createNewsMoves(db)

  return {
    applyNews,

    async apply(task: FollowedVideo, change: Change): Promise<TaskRow | undefined> {
      const guard = and(isAttempt(task), eq(videoTasks.externalTaskId, task.externalTaskId))
      switch (change.to) {
        case 'PROCESSING':
          return (await applyNews([{ ...task, change }]))[0]
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
