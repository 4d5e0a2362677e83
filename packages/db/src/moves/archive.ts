import type { ArchiveState } from '@reelay/contracts/lifecycle'
import type { VideoId } from '@reelay/contracts/task'
import { and, eq, inArray, lt, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { type StoredClip, type TaskRow, videoTasks } from '../schema.ts'
import { type Columns, changeWithin } from './move.ts'

const now = sql`clock_timestamp()`
const removed = { archive: 'removed', clip: null } as const

/**
 * Changes of where the clip of a COMPLETED task is. Undefined means that it is no longer as it was thought to be.
 * After a removal the bytes are to be removed, too, and no clip of this task is kept again.
 */
export function createArchiveMoves(db: Database) {
  return {
    noteClip: (videoId: VideoId, clip: StoredClip): Promise<TaskRow | undefined> =>
      change(videoId, ['pending'], { archive: 'done', clip, archivedAt: now }),

    noteClipLost: (videoId: VideoId): Promise<TaskRow | undefined> =>
      change(videoId, ['pending'], { archive: 'lost' }),

    removeClip: (videoId: VideoId): Promise<TaskRow | undefined> =>
      change(videoId, ['pending', 'done', 'lost'], removed),

    async removeExpiredClips(keptForMs: number, limit: number): Promise<TaskRow[]> {
      const expired = db
        .select({ videoId: videoTasks.videoId })
        .from(videoTasks)
        .where(
          and(
            eq(videoTasks.archive, 'done'),
            lt(videoTasks.archivedAt, sql`${now} - ${keptForMs} * interval '1 ms'`),
          ),
        )
        .orderBy(videoTasks.archivedAt)
        .limit(limit)
      const found = await expired
      const rows = await Promise.all(found.map(({ videoId }) => change(videoId, ['done'], removed)))
      return rows.filter((row) => row !== undefined)
    },
  }

  function change(
    videoId: VideoId,
    from: readonly ArchiveState[],
    set: Columns,
  ): Promise<TaskRow | undefined> {
    const guard = and(eq(videoTasks.videoId, videoId), inArray(videoTasks.archive, [...from]))
    return changeWithin(db, 'COMPLETED', { guard, set })
  }
}
