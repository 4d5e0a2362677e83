import { and, eq, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { violatedUnique } from '../errors.ts'
import { open } from '../literals.ts'
import { submissions } from '../schema.ts'
import type { TaskAttempt } from '../task-columns.ts'
import { isOf } from './submission.ts'

export function createReopen(db: Database) {
  return {
    /**
     * Opens a submission that was given up once more, so that it is searched for again. False when there is
     * none, or one that could be mistaken for it is open.
     */
    async reopen(task: TaskAttempt): Promise<boolean> {
      try {
        const opened = await db
          .update(submissions)
          .set({ outcome: 'in_doubt', settledAt: null })
          .where(and(isOf(task), eq(submissions.outcome, 'unknown')))
          .returning({ videoId: submissions.videoId })
        return opened.length === 1
      } catch (error) {
        if (violatedUnique(error) === 'submissions_twin_key') return false
        throw error
      }
    },

    async giveUpOrphans(olderThanMs: number): Promise<void> {
      await db.execute(sql`
        update submissions s set outcome = 'unknown', settled_at = clock_timestamp()
        where s.outcome in ${open}
        and s.started_at < clock_timestamp() - ${olderThanMs} * interval '1 ms'
        and not exists (select from video_tasks t where t.video_id = s.video_id)`)
    },
  }
}
