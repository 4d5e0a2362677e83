import { type CredentialId, firstCredential, type UpstreamName } from '@reelay/contracts/credential'
import type { PollTrouble } from '@reelay/contracts/jobs'
import { CYCLE_MS, LANES } from '@reelay/contracts/lanes'
import {
  type ArchiveState,
  archiveStates,
  type ErrorCode,
  type HoldReason,
  type TaskStatus,
  taskStatuses,
} from '@reelay/contracts/lifecycle'
import type { ExternalTaskId, VideoId } from '@reelay/contracts/task'
import { type SQL, sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  boolean,
  check,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { users } from './account-tables.ts'
import { instant, now } from './instant.ts'
import type { AskedFor, Metadata, StoredClip } from './json-columns.ts'
import { literal, literals, open, unfinished } from './literals.ts'
import { type SubmissionOutcome, submissionOutcomes } from './submission-outcome.ts'

export { type ApiKeyRow, apiKeys, type UserRow, users } from './account-tables.ts'
export { taskEvents } from './event-table.ts'
export type { AskedFor, Metadata, StoredClip, StoredFile } from './json-columns.ts'
export type { SubmissionOutcome }

export function completedOrNever({ completedAt }: { completedAt: AnyPgColumn }): SQL {
  return sql`coalesce(${completedAt}, 'epoch')`
}

export function credentialOrFirst({ credential }: { credential: AnyPgColumn }): SQL {
  return sql`coalesce(${credential}, ${literal(firstCredential)})`
}

/** As lanes.ts says it. In UTC, since Postgres takes only what depends on no session for an index. */
export function phaseOf({ acceptedAt }: { acceptedAt: AnyPgColumn }): SQL {
  const ms = sql`floor(extract(epoch from ${acceptedAt} at time zone 'UTC') * 1000)::bigint`
  return sql`(${ms} % ${literal(CYCLE_MS)} / ${literal(CYCLE_MS / LANES)})`
}

export const videoTasks = pgTable(
  'video_tasks',
  {
    videoId: text('video_id').$type<VideoId>().primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    clientRequestId: text('client_request_id'),
    requestHash: text('request_hash').notNull(),
    /** Of a task that a re-send made: empty until the first send is seen, then the name that it would have had. */
    firstSend: text('first_send'),
    status: text('status').$type<TaskStatus>().notNull().default('QUEUED'),
    attempt: integer('attempt').notNull().default(1),
    autoRetriesUsed: integer('auto_retries_used').notNull().default(0),
    force: boolean('force').notNull().default(false),
    version: integer('version').notNull().default(1),
    progress: smallint('progress').notNull().default(0),
    overdue: boolean('overdue').notNull().default(false),
    externalTaskId: text('external_task_id').$type<ExternalTaskId>(),
    /** Which credential made the video, and is asked for it from then on; empty in rows of before there were several. */
    credential: text('credential').$type<CredentialId>(),
    /** The credential or the upstream that must make it: that of the source, or the client's choice. */
    pinnedTo: text('pinned_to').$type<CredentialId | UpstreamName>(),
    prompt: text('prompt').notNull(),
    model: text('model'),
    size: text('size'),
    seconds: text('seconds'),
    asked: jsonb('asked').$type<AskedFor>(),
    metadata: jsonb('metadata').$type<Metadata>().notNull().default({}),
    errorCode: text('error_code').$type<ErrorCode>(),
    errorMessage: text('error_message'),
    upstreamCode: text('upstream_code'),
    /**
     * Of a COMPLETED task whose clip is or was to be kept; empty where nobody asked for that. `clip` is there only
     * while it is `done`.
     */
    archive: text('archive').$type<ArchiveState>(),
    clip: jsonb('clip').$type<StoredClip>(),
    archivedAt: instant('archived_at'),
    createdAt: instant('created_at').notNull().default(now),
    updatedAt: instant('updated_at').notNull().default(now),
    queuedAt: instant('queued_at').notNull().default(now),
    acceptedAt: instant('accepted_at'),
    /** Of the attempt that it names, while polls have trouble with its video. Nobody sees it move. */
    pollTrouble: jsonb('poll_trouble').$type<PollTrouble & { attempt: number }>(),
    completedAt: instant('completed_at'),
    deletedAt: instant('deleted_at'),
  },
  (t) => {
    const byCompletion = [completedOrNever(t), t.videoId, t.completedAt, t.deletedAt] as const
    return [
      uniqueIndex('video_tasks_client_request_key').on(t.userId, t.clientRequestId),
      // For operators, who look for a client's id without knowing whose it is.
      index('video_tasks_client_request').on(t.clientRequestId).where(sql`${t.clientRequestId} is not null`),
      // One for each order of a user's list, with and without a status: nobody's list walks through what it leaves out.
      // Each says last which tasks are deleted, and those by an expression hold its column: without, Postgres would read the
      // rows for it.
      index('video_tasks_list_user').on(t.userId, t.createdAt, t.videoId, t.deletedAt),
      index('video_tasks_list_user_updated').on(t.userId, t.updatedAt, t.videoId, t.deletedAt),
      index('video_tasks_list_user_completed').on(t.userId, ...byCompletion),
      index('video_tasks_list_user_status').on(t.userId, t.status, t.createdAt, t.videoId, t.deletedAt),
      index('video_tasks_list_user_status_updated').on(
        t.userId,
        t.status,
        t.updatedAt,
        t.videoId,
        t.deletedAt,
      ),
      index('video_tasks_list_user_status_completed').on(t.userId, t.status, ...byCompletion),
      index('video_tasks_list_created').on(t.createdAt, t.videoId, t.deletedAt),
      index('video_tasks_list_updated').on(t.updatedAt, t.videoId, t.deletedAt),
      index('video_tasks_list_completed').on(...byCompletion),
      index('video_tasks_list_status').on(t.status, t.createdAt, t.videoId, t.deletedAt),
      index('video_tasks_list_status_updated').on(t.status, t.updatedAt, t.videoId, t.deletedAt),
      index('video_tasks_list_status_completed').on(t.status, ...byCompletion),
      index('video_tasks_ended').on(t.userId, t.completedAt).where(sql`${t.completedAt} is not null`),
      index('video_tasks_unfinished').on(t.videoId).where(sql`${t.status} in ${unfinished}`),
      index('video_tasks_queued').on(t.videoId).where(sql`${t.status} = 'QUEUED'`),
      index('video_tasks_lanes').on(credentialOrFirst(t), phaseOf(t)).where(sql`${t.status} = 'PROCESSING'`),
      index('video_tasks_unfinished_by_user')
        .on(t.userId, t.queuedAt, t.videoId)
        .where(sql`${t.status} in ${unfinished}`),
      index('video_tasks_to_archive').on(t.videoId).where(sql`${t.archive} = 'pending'`),
      index('video_tasks_archived').on(t.archivedAt).where(sql`${t.archive} = 'done'`),
      index('video_tasks_remix_from').on(sql`(${t.metadata} ->> 'remix_from')`),
      check('video_tasks_status', sql`${t.status} in ${literals(taskStatuses)}`),
      check(
        'video_tasks_processing_has_video',
        sql`${t.status} <> 'PROCESSING' or (${t.externalTaskId} is not null and ${t.acceptedAt} is not null)`,
      ),
      check('video_tasks_archive', sql`${t.archive} in ${literals(archiveStates)}`),
      check(
        'video_tasks_done_has_clip',
        sql`(${t.archive} is not distinct from 'done') = (${t.clip} is not null)`,
      ),
      // What nobody sees is not to be paid for: an api of before would retry it.
      check('video_tasks_deleted_has_ended', sql`${t.deletedAt} is null or ${t.status} not in ${unfinished}`),
      check('video_tasks_metadata', sql`jsonb_typeof(${t.metadata}) = 'object'`),
      check('video_tasks_progress', sql`${t.progress} between 0 and 100`),
    ]
  },
)

/**
 * The ledger: one row per attempt makes paying twice impossible in the database. It refers to tasks by
 * name only, since what was paid outlives the task and its user.
 */
export const submissions = pgTable(
  'submissions',
  {
    videoId: text('video_id').$type<VideoId>().notNull(),
    attempt: integer('attempt').notNull(),
    outcome: text('outcome').$type<SubmissionOutcome>().notNull(),
    credential: text('credential').$type<CredentialId>().notNull().default(firstCredential),
    twinKey: text('twin_key').notNull(),
    runId: uuid('run_id').notNull(),
    externalId: text('external_id').$type<ExternalTaskId>(),
    startedAt: instant('started_at').notNull().default(now),
    settledAt: instant('settled_at'),
    troubledAt: instant('troubled_at'),
    unclearAt: instant('unclear_at'),
    waitsUntil: instant('waits_until'),
    waitsBecause: text('waits_because').$type<HoldReason>(),
    /** By credential, before when this attempt is not to be sent with it: it said not now. */
    notBefore: jsonb('not_before').$type<Record<CredentialId, string>>().notNull().default({}),
  },
  (t) => [
    primaryKey({ columns: [t.videoId, t.attempt] }),
    uniqueIndex('submissions_upstream_external_id_key').on(
      sql`split_part(${t.credential}, '/', 1)`,
      t.externalId,
    ),
    index('submissions_by_credential').on(t.credential, t.startedAt),
    uniqueIndex('submissions_twin_key').on(t.twinKey).where(sql`${t.outcome} in ${open}`),
    index('submissions_open').on(t.videoId, t.attempt).where(sql`${t.outcome} in ${open}`),
    index('submissions_troubled').on(t.twinKey).where(sql`${t.troubledAt} is not null`),
    check('submissions_outcome', sql`${t.outcome} in ${literals(submissionOutcomes)}`),
  ],
)

/**
 * What each credential met. `sentAt` is when submissions of the last minute began, where there is a limit to them.
 * `failedSubmits` counts those in a row that were answered 5xx; one that was answered not now makes it three or more.
 * Before `heldUntil` no submission begins, and what began before it says nothing new about upstream.
 * `unclearRequests` counts different requests in a row that were answered a no of which nobody can tell whom it is
 * meant for. The poll interval was multiplied by `pollStretch` at `stretchedAt`, by half of it a minute later, and so
 * on.
 */
export const upstreamState = pgTable('upstream_state', {
  name: text('name').$type<CredentialId>().primaryKey(),
  sentAt: instant('sent_at').array().notNull().default([]),
  failedSubmits: integer('failed_submits').notNull().default(0),
  heldUntil: instant('held_until'),
  heldBecause: text('held_because').$type<HoldReason>(),
  unclearRequests: integer('unclear_requests').notNull().default(0),
  workedAt: instant('worked_at'),
  madeAt: instant('made_at'),
  pollStretch: doublePrecision('poll_stretch').notNull().default(1),
  stretchedAt: instant('stretched_at').notNull().default(now),
})

export const leases = pgTable('leases', {
  name: text('name').primaryKey(),
  holder: text('holder').notNull(),
  expiresAt: instant('expires_at').notNull(),
})

export type TaskRow = typeof videoTasks.$inferSelect
export type SubmissionRow = typeof submissions.$inferSelect
