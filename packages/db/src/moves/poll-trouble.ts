import type { PollTrouble } from '@reelay/contracts/jobs'
import { and, eq, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { videoTasks } from '../schema.ts'
import { isAttempt, type TaskAttempt } from '../task-columns.ts'

export type PollNote = TaskAttempt & { trouble: PollTrouble | undefined }

export function createPollTroubleMoves(db: Database) {
  return {
    /**
     * Replaces what the next polls are to know of the trouble so far, in one statement. No change of the tasks: their
     * versions stay.
     */
    async notePollTrouble(notes: readonly PollNote[]): Promise<void> {
      const rows = notes.map(({ videoId, attempt, trouble }) => ({
        video_id: videoId,
        attempt,
        trouble: trouble && { ...trouble, attempt },
      }))
      // In the order of their names, as news.
      rows.sort((a, b) => (a.video_id < b.video_id ? -1 : 1))
      const noted = { videoId: sql`noted.video_id`, attempt: sql`noted.attempt` }
      await db
        .update(videoTasks)
        .set({ pollTrouble: sql`noted.trouble` })
        .from(
          sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
            as noted(video_id text, attempt int, trouble jsonb)`,
        )
        .where(and(isAttempt(noted), eq(videoTasks.status, 'PROCESSING')))
    },
  }
}
