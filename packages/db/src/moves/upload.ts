import { and, eq, or, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { type StoredClip, type TaskRow, videoTasks } from '../schema.ts'
import type { NewTaskRow } from './insert-together.ts'

export type NewUpload = Omit<NewTaskRow, 'model' | 'pinnedTo'> & { clip: StoredClip }

export function createUpload(db: Database) {
  return {
    /**
     * Inserts a clip of its user's own as a COMPLETED task, which no upstream knows; or returns the task that has this
     * `clientRequestId` already. May be repeated after an answer was lost.
     */
    async insertUpload(upload: NewUpload): Promise<{ task: TaskRow; created: boolean }> {
      const { videoId, userId, clientRequestId = null } = upload
      const now = sql`clock_timestamp()`
      const [inserted] = await db
        .insert(videoTasks)
        .values({
          ...upload,
          status: 'COMPLETED',
          progress: 100,
          archive: 'done',
          archivedAt: now,
          completedAt: now,
        })
        .onConflictDoNothing()
        .returning()
      if (inserted) return { task: inserted, created: true }

      const sameKey = and(
        eq(videoTasks.userId, userId),
        eq(videoTasks.clientRequestId, clientRequestId ?? ''),
      )
      const [earlier] = await db
        .select()
        .from(videoTasks)
        .where(or(eq(videoTasks.videoId, videoId), sameKey))
      if (!earlier) throw new Error('a task with this clientRequestId was there and is gone')
      return { task: earlier, created: earlier.videoId === videoId }
    },
  }
}
