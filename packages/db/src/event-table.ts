import type { CredentialId } from '@reelay/contracts/credential'
import type { ErrorCode, HoldReason } from '@reelay/contracts/lifecycle'
import type { VideoId } from '@reelay/contracts/task'
import { type TaskEventKind, taskEventKinds } from '@reelay/contracts/timeline'
import { sql } from 'drizzle-orm'
import { bigint, check, integer, pgTable, primaryKey, smallint, text } from 'drizzle-orm/pg-core'
import { instant, now } from './instant.ts'
import { literals } from './literals.ts'

/**
 * What happened to each task. Only the triggers of tasks and submissions append to it, in the statement that made it so.
 * It names tasks without a reference: an operator may delete what is old, and an event costs no look at its task.
 */
export const taskEvents = pgTable(
  'task_events',
  {
    videoId: text('video_id').$type<VideoId>().notNull(),
    id: bigint('id', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    at: instant('at').notNull().default(now),
    what: text('what').$type<TaskEventKind>().notNull(),
    attempt: integer('attempt').notNull(),
    credential: text('credential').$type<CredentialId>(),
    code: text('code').$type<ErrorCode | HoldReason>(),
    upstreamCode: text('upstream_code'),
    progress: smallint('progress'),
  },
  (t) => [
    primaryKey({ columns: [t.videoId, t.id] }),
    check('task_events_what', sql`${t.what} in ${literals(taskEventKinds)}`),
  ],
)
