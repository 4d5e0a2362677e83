import type { HoldReason } from '@reelay/contracts/lifecycle'
import type { ExternalTaskId, VideoId } from '@reelay/contracts/task'
import { and, desc, eq, getTableColumns, inArray, lt, sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { isOf } from './ledger/submission.ts'
import { open } from './literals.ts'
import { type SubmissionRow, submissions, type TaskRow } from './schema.ts'

/** A submission, how long ago it began and for how long it still waits by itself, in ms by the database's clock. */
export type AgedSubmission = SubmissionRow & { ageMs: number; waitsMs: number }

/** Why a task isn't sent, and until when. */
export type Hold = { because: HoldReason; until: Date }

const ageMs = sql<number>`(extract(epoch from clock_timestamp() - ${submissions.startedAt}) * 1000)::float8`

const waitsMs = sql<number>`greatest(0, coalesce(extract(epoch from ${submissions.waitsUntil} - clock_timestamp()) * 1000, 0))::float8`

/** What the ledger knows. */
export function createLedgerReads(db: Database) {
  return {
    /** An attempt's submission, and its age in ms by the database's clock. */
    async findSubmission(videoId: VideoId, attempt: number): Promise<AgedSubmission | undefined> {
      const [submission] = await db
        .select({ ...getTableColumns(submissions), ageMs, waitsMs })
        .from(submissions)
        .where(isOf({ videoId, attempt }))
      return submission
    },

    /** What attempts of a task left in the ledger, newest first: those before one, or all. */
    earlierSubmissions(videoId: VideoId, before?: number): Promise<AgedSubmission[]> {
      return db
        .select({ ...getTableColumns(submissions), ageMs, waitsMs })
        .from(submissions)
        .where(
          and(
            eq(submissions.videoId, videoId),
            before === undefined ? undefined : lt(submissions.attempt, before),
          ),
        )
        .orderBy(desc(submissions.attempt))
    },

    /** Whether a submission that could be mistaken for this one is open. */
    async hasOpenTwin(twinKey: string): Promise<boolean> {
      const twins = await db
        .select({ videoId: submissions.videoId })
        .from(submissions)
        .where(and(eq(submissions.twinKey, twinKey), sql`${submissions.outcome} in ${open}`))
      return twins.length > 0
    },

    /** Whether another submission that could be mistaken for this one was given up: its video may turn up yet. */
    async hasLostTwin(submission: SubmissionRow): Promise<boolean> {
      const twins = await db
        .select({ videoId: submissions.videoId })
        .from(submissions)
        .where(
          and(
            eq(submissions.twinKey, submission.twinKey),
            eq(submissions.outcome, 'unknown'),
            sql`not (${isOf(submission)})`,
          ),
        )
        .limit(1)
      return twins.length > 0
    },

    /** Why those of these tasks that are QUEUED aren't sent now, and until when: with all others, or by themselves. */
    async holdsOf(tasks: Pick<TaskRow, 'videoId' | 'status'>[]): Promise<Map<VideoId, Hold>> {
      const queued = tasks.filter(({ status }) => status === 'QUEUED').map(({ videoId }) => videoId)
      if (queued.length === 0) return new Map()
      const rows = await db.execute<{ videoId: VideoId; because: HoldReason; untilMs: number }>(sql`
        select t.video_id as "videoId",
          case when s.waits_until > u.held_until or u.name is null then s.waits_because
            else coalesce(u.held_because, 'upstream_errors') end as because,
          extract(epoch from greatest(u.held_until, s.waits_until))::float8 * 1000 as "untilMs"
        from video_tasks t
        left join submissions s on s.video_id = t.video_id and s.attempt = t.attempt
          and s.outcome = 'not_sent' and s.waits_until > clock_timestamp()
        left join upstream_state u on u.name = 'upstream'
          and u.failed_submits >= 3 and u.held_until > clock_timestamp()
        where t.video_id in ${queued} and t.status = 'QUEUED'
        and (s.waits_until is not null or u.held_until is not null)`)
      return new Map(
        rows.map(({ videoId, because, untilMs }) => [videoId, { because, until: new Date(untilMs) }]),
      )
    },

    /** Which of these upstream names the ledger has already. */
    async knownExternalIds(ids: ExternalTaskId[]): Promise<Set<ExternalTaskId>> {
      if (ids.length === 0) return new Set()
      const rows = await db
        .select({ id: submissions.externalId })
        .from(submissions)
        .where(inArray(submissions.externalId, ids))
      return new Set(rows.flatMap(({ id }) => id ?? []))
    },
  }
}
