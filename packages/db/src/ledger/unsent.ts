import { type CredentialId, firstCredential } from '@reelay/contracts/credential'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { open } from '../literals.ts'
import { move } from '../moves/move.ts'
import { submissions, type TaskRow } from '../schema.ts'
import {
  columnsAccepted,
  columnsFailed,
  isAttempt,
  type TaskAttempt,
  type TaskFailure,
  type Told,
} from '../task-columns.ts'

export type MadeVideo = { externalId: ExternalTaskId; credential: CredentialId }

/** Moves of a QUEUED task of which nothing is sent for this attempt, and nothing is open of an earlier one. */
export function createUnsent(db: Database) {
  return {
    failUnsent(task: TaskAttempt, failure: TaskFailure): Promise<TaskRow | undefined> {
      const unsent = closeUnsent(db, task, 'not_sent', firstCredential)
      const set = columnsFailed(failure)
      return move(db, { from: ['QUEUED'], to: 'FAILED', guard: isAttempt(unsent), set, after: unsent })
    },

    /** An earlier attempt's video is still there: this attempt follows it and pays nothing. */
    resume(
      task: TaskAttempt,
      { externalId, credential }: MadeVideo,
      told: Told = {},
    ): Promise<TaskRow | undefined> {
      const unsent = closeUnsent(db, task, 'adopted', credential)
      const set = columnsAccepted(externalId, credential, told)
      return move(db, { from: ['QUEUED'], to: 'PROCESSING', guard: isAttempt(unsent), set, after: unsent })
    },
  }
}

/**
 * The attempt takes its place in the ledger: a submission that begins at the same moment is not yet to be seen, but its
 * key is felt.
 */
function closeUnsent(
  db: Database,
  task: TaskAttempt,
  outcome: 'not_sent' | 'adopted',
  credential: CredentialId,
) {
  return db.$with('unsent', { videoId: submissions.videoId, attempt: submissions.attempt }).as(sql`
    insert into submissions as s (video_id, attempt, outcome, credential, twin_key, run_id, settled_at)
    select video_id, attempt, ${outcome}, ${credential}, '-', gen_random_uuid(), clock_timestamp() from video_tasks t
    where video_id = ${task.videoId} and attempt = ${task.attempt} and status = 'QUEUED'
    and not exists (
      select from submissions where video_id = t.video_id and outcome in ${open}
    ) for update
    on conflict (video_id, attempt) do update
    set outcome = case s.outcome when 'not_sent' then excluded.outcome else s.outcome end,
      credential = case s.outcome when 'not_sent' then excluded.credential else s.credential end
    where s.outcome not in ${open}
    returning video_id, attempt`)
}
