import { unfinishedStatuses } from '@reelay/contracts/lifecycle'
import type { ExternalTaskId, VideoId } from '@reelay/contracts/task'
import { and, eq, inArray, lt, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { createLedger } from './ledger.ts'
import { createImport } from './moves/import.ts'
import { type TaskRow, videoTasks } from './schema.ts'
import {
  changed,
  columnsTold,
  ended,
  failed,
  isAttempt,
  isUntold,
  type TaskFailure,
  type Told,
} from './task-columns.ts'
import type { Followed } from './tasks/followed.ts'

/** A task that upstream has accepted: only such a one surely has an upstream name. */
export type ProcessingTask = Followed & Accepted

type Accepted = {
  status: 'PROCESSING'
  externalTaskId: ExternalTaskId
  acceptedAt: Date
}

/** What upstream's answer does to a PROCESSING task. */
export type Change =
  | ({ to: 'PROCESSING'; progress: number; overdue?: boolean } & Told)
  | ({ to: 'COMPLETED' } & Told)
  | ({ to: 'FAILED' } & TaskFailure)
  | { to: 'QUEUED' }

export type Transitions = ReturnType<typeof createTransitions>

/**
 * The guarded moves, those of the ledger included. Each is one statement that names the status and the
 * attempt it may leave from and answers the moved row; undefined means that someone got there first, which
 * is a normal answer.
 */
export function createTransitions(db: Database) {
  return {
    ...createLedger(db),
    ...createImport(db),

    /** The owner wants no more of it. What is open or paid upstream stays so; only the following ends. */
    async cancel(userId: string, videoId: VideoId): Promise<TaskRow | undefined> {
      const [moved] = await db
        .update(videoTasks)
        .set({ ...ended, status: 'CANCELLED' })
        .where(
          and(
            eq(videoTasks.videoId, videoId),
            eq(videoTasks.userId, userId),
            inArray(videoTasks.status, [...unfinishedStatuses]),
          ),
        )
        .returning()
      return moved
    },

    /** The owner wants it tried once more. `force` allows to pay for what may have been made unseen. */
    async retry(userId: string, videoId: VideoId, force: boolean): Promise<TaskRow | undefined> {
      const [moved] = await db
        .update(videoTasks)
        .set({
          ...queuedAgain,
          force,
          autoRetriesUsed: 0,
          errorCode: null,
          errorMessage: null,
          upstreamCode: null,
          completedAt: null,
        })
        .where(
          and(
            eq(videoTasks.videoId, videoId),
            eq(videoTasks.userId, userId),
            inArray(videoTasks.status, ['FAILED', 'CANCELLED']),
          ),
        )
        .returning()
      return moved
    },

    /** Applies upstream's answer to the video it was asked about. */
    async apply(task: ProcessingTask, change: Change): Promise<TaskRow | undefined> {
      const guards: (SQL | undefined)[] = [
        isAttempt(task),
        eq(videoTasks.status, 'PROCESSING'),
        eq(videoTasks.externalTaskId, task.externalTaskId),
      ]
      if (change.to === 'PROCESSING') guards.push(isNews(change))
      const [moved] = await db
        .update(videoTasks)
        .set(columnsOf(change))
        .where(and(...guards))
        .returning()
      return moved
    },
  }
}

/** Narrows a row to one that upstream has accepted; the table's check constraint holds what the type says. */
export function isProcessing<T extends Followed>(task: T): task is T & Accepted {
  return task.status === 'PROCESSING'
}

/** Further than the row says, late for the first time, or told more. */
function isNews({ progress, overdue, ...told }: Change & { to: 'PROCESSING' }) {
  return or(
    lt(videoTasks.progress, progress),
    overdue ? eq(videoTasks.overdue, false) : undefined,
    isUntold(told),
  )
}

/** What every further attempt begins with. */
const queuedAgain = {
  ...changed,
  status: 'QUEUED' as const,
  attempt: sql`${videoTasks.attempt} + 1`,
  progress: 0,
  overdue: false,
  externalTaskId: null,
  acceptedAt: null,
  queuedAt: sql`clock_timestamp()`,
}

function columnsOf(change: Change) {
  switch (change.to) {
    case 'PROCESSING':
      return {
        ...changed,
        ...columnsTold(change),
        progress: sql`greatest(${videoTasks.progress}, ${change.progress})`,
        overdue: sql`${videoTasks.overdue} or ${change.overdue ?? false}`,
      }
    case 'COMPLETED':
      return {
        ...ended,
        ...columnsTold(change),
        status: change.to,
        progress: 100,
      }
    case 'FAILED':
      return failed(change)
    case 'QUEUED':
      return { ...queuedAgain, autoRetriesUsed: sql`${videoTasks.autoRetriesUsed} + 1` }
  }
}
