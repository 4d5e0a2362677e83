import type { PollTrouble } from '@reelay/contracts/jobs'
import { and, eq } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { videoTasks } from '../schema.ts'
import { isAttempt } from '../task-columns.ts'
import type { ProcessingTask } from '../tasks/followed.ts'

export function createPollTroubleMoves(db: Database) {
  return {
    /** Replaces what the next poll is to know of the trouble so far. No change of the task: its version stays. */
    async notePollTrouble(task: ProcessingTask, trouble: PollTrouble | undefined): Promise<void> {
      const pollTrouble = trouble ? { ...trouble, attempt: task.attempt } : null
      await db
        .update(videoTasks)
        .set({ pollTrouble })
        .where(and(isAttempt(task), eq(videoTasks.status, 'PROCESSING')))
    },
  }
}
