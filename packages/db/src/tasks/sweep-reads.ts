import type { VideoId } from '@reelay/contracts/task'
import { and, inArray, isNull, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { open } from '../literals.ts'
import { type TaskRow, videoTasks } from '../schema.ts'

/**
 * A task that somebody should be working on, but for those that are polled: they are found by their lanes. `openAttempt`
 * is the oldest one whose submission is open.
 */
export type Unfinished = Pick<TaskRow, 'videoId' | 'attempt' | 'status' | 'archive'> & {
  openAttempt: number | null
}

export function createSweepReads(db: Database) {
  return {
    async unfinished(after: string, limit: number): Promise<Unfinished[]> {
      return db.execute<Unfinished>(sql`
        select video_id as "videoId", attempt, status, archive, (
          select min(s.attempt) from submissions s
          where s.video_id = page.video_id and s.outcome in ${open}
        ) as "openAttempt"
        from (
          (select video_id, attempt, status, archive from video_tasks
            where video_id > ${after} and status = 'QUEUED' order by video_id limit ${limit})
          union
          (select video_id, attempt, status, archive from video_tasks
            where video_id > ${after} and archive = 'pending' order by video_id limit ${limit})
          union
          (select t.* from submissions s cross join lateral (
              select video_id, attempt, status, archive from video_tasks where video_id = s.video_id limit 1
            ) t
            where s.video_id > ${after} and s.outcome in ${open} order by s.video_id limit ${limit})
          order by video_id limit ${limit}
        ) page
        order by video_id`)
    },

    storedFilesOf(videoIds: VideoId[]): Promise<Pick<TaskRow, 'videoId' | 'clip'>[]> {
      return db
        .select({ videoId: videoTasks.videoId, clip: videoTasks.clip })
        .from(videoTasks)
        .where(and(inArray(videoTasks.videoId, videoIds), isNull(videoTasks.deletedAt)))
    },
  }
}
