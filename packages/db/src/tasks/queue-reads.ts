import type { VideoId } from '@reelay/contracts/task'
import { and, eq, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { unfinished } from '../literals.ts'
import { type TaskRow, videoTasks } from '../schema.ts'

/** A place in the queue is counted no further: who has so many waiting is last, and in the order of coming. */
export const POSITION_STOPS_AT = 1000

export function createQueueReads(db: Database) {
  return {
    /**
     * A QUEUED task's place among its user's, from 1, for each of the named. Whoever has few tasks waiting is
     * served before who has many.
     */
    async queuePositions(videoIds: VideoId[]): Promise<Map<VideoId, number>> {
      if (videoIds.length === 0) return new Map()
      const rows = await db.execute<{ name: VideoId; position: number }>(sql`
        select t.video_id as name, (
          select count(*)::int from (
            select from video_tasks q
            where q.user_id = t.user_id and q.status = 'QUEUED'
            and (q.queued_at, q.video_id) <= (t.queued_at, t.video_id) limit ${POSITION_STOPS_AT}
          ) ahead
        ) as position
        from video_tasks t where t.video_id in ${videoIds}`)
      return new Map(rows.map(({ name, position }) => [name, Math.max(1, position)]))
    },

    unfinishedOf(userId: string, limit: number): Promise<Pick<TaskRow, 'videoId' | 'status'>[]> {
      return db
        .select({ videoId: videoTasks.videoId, status: videoTasks.status })
        .from(videoTasks)
        .where(and(eq(videoTasks.userId, userId), sql`${videoTasks.status} in ${unfinished}`))
        .orderBy(videoTasks.queuedAt, videoTasks.videoId)
        .limit(limit)
    },
  }
}
