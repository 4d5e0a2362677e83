import { terminalStatuses, unfinishedStatuses } from '@reelay/contracts/lifecycle'
import type { VideoId } from '@reelay/contracts/task'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { createApply } from './moves/apply.ts'
import { createArchiveMoves } from './moves/archive.ts'
import { createImport } from './moves/import.ts'
import { createInserts } from './moves/inserts.ts'
import { changeWithin, move, nextAttempt } from './moves/move.ts'
import { createPollTroubleMoves } from './moves/poll-trouble.ts'
import { createUpload } from './moves/upload.ts'
import { type TaskRow, videoTasks } from './schema.ts'

export type Moves = ReturnType<typeof createMoves>

/**
 * The guarded changes of a task. Each is one statement that names the statuses it may leave and returns the moved row;
 * undefined means that someone got there first, which is a normal answer. What changes the ledger, too, is in ledger.ts.
 */
export function createMoves(db: Database) {
  return {
    ...createInserts(db),
    ...createImport(db),
    ...createUpload(db),
    ...createApply(db),
    ...createArchiveMoves(db),
    ...createPollTroubleMoves(db),

    /** The owner wants no more of it. What is open or paid upstream stays so; only the following ends. */
    cancel(userId: string, videoId: VideoId): Promise<TaskRow | undefined> {
      return move(db, { from: unfinishedStatuses, to: 'CANCELLED', guard: isOwn(userId, videoId) })
    },

    retry(userId: string, videoId: VideoId, force: boolean): Promise<TaskRow | undefined> {
      const set = { ...nextAttempt, ...noFailure, autoRetriesUsed: 0, force }
      return move(db, { from: ['FAILED', 'CANCELLED'], to: 'QUEUED', guard: isOwn(userId, videoId), set })
    },

    /** Hides an ended task from everybody but operators, for good. What is stored of it is to be removed after it. */
    delete(userId: string, videoId: VideoId): Promise<TaskRow | undefined> {
      return changeWithin(db, terminalStatuses, { guard: isOwn(userId, videoId), set: deleted })
    },
  }
}

/** A worker that is about to note its clip finds that it is no longer to be kept. */
const deleted = {
  deletedAt: sql`clock_timestamp()`,
  archive: sql`case when ${videoTasks.archive} is not null then 'removed' end`,
  clip: null,
}

const noFailure = { errorCode: null, errorMessage: null, upstreamCode: null, completedAt: null }

function isOwn(userId: string, videoId: VideoId) {
  return and(eq(videoTasks.videoId, videoId), eq(videoTasks.userId, userId), isNull(videoTasks.deletedAt))
}
