import { type CredentialId, upstreamOf } from '@reelay/contracts/credential'
import type { TaskStatus } from '@reelay/contracts/lifecycle'
import type { ExternalTaskId, VideoId } from '@reelay/contracts/task'
import { and, desc, eq, getTableColumns, gt, inArray, isNotNull, lt, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { open } from '../literals.ts'
import { type SubmissionRow, submissions, videoTasks } from '../schema.ts'
import { openOutcomes } from '../submission-outcome.ts'
import { createHoldReads } from './holds.ts'
import { isOf, isOfUpstream } from './submission.ts'
import { createTurnReads } from './turns.ts'

/** A submission, how long ago it began and for how long it still waits by itself, in ms by the database's clock. */
export type AgedSubmission = SubmissionRow & { ageMs: number; waitsMs: number }

export type OpenSubmission = Pick<SubmissionRow, 'videoId' | 'attempt' | 'credential' | 'startedAt'> & {
  outcome: (typeof openOutcomes)[number]
  status: TaskStatus | null
}

const ageMs = sql<number>`(extract(epoch from clock_timestamp() - ${submissions.startedAt}) * 1000)::float8`

const waitsMs = sql<number>`greatest(0, coalesce(extract(epoch from ${submissions.waitsUntil} - clock_timestamp()) * 1000, 0))::float8`

/**
 * Twins are submissions that can be mistaken for each other upstream. Rivals are twins of another key, which upstream
 * lists with the same source.
 */
export type Rival = { twinKey: string; sourceId: ExternalTaskId }

/** What began longer ago was answered by then, as a rule. */
const LONGEST_SUBMISSION_MS = 3_600_000
/** Upstream’s times are whole seconds by another clock. */
const ABOUT_MS = 30_000

export function createLedgerReads(db: Database) {
  return {
    ...createTwinReads(db),
    ...createHoldReads(db),
    ...createTurnReads(db),

    async findSubmission(videoId: VideoId, attempt: number): Promise<AgedSubmission | undefined> {
      const [submission] = await db
        .select({ ...getTableColumns(submissions), ageMs, waitsMs })
        .from(submissions)
        .where(isOf({ videoId, attempt }))
      return submission
    },

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

    openSubmissions(limit: number): Promise<OpenSubmission[]> {
      return db
        .select({
          videoId: submissions.videoId,
          attempt: submissions.attempt,
          outcome: sql<OpenSubmission['outcome']>`${submissions.outcome}`,
          credential: submissions.credential,
          startedAt: submissions.startedAt,
          // A join would read all tasks where many submissions are open.
          status: sql<TaskStatus | null>`(select t.status from video_tasks t where t.video_id = submissions.video_id)`,
        })
        .from(submissions)
        .where(sql`${submissions.outcome} in ${open}`)
        .orderBy(submissions.startedAt, submissions.videoId)
        .limit(limit)
    },

    /** Those that the ledger has already, of the upstream of this credential. */
    async knownExternalIds(ids: ExternalTaskId[], credential: CredentialId): Promise<Set<ExternalTaskId>> {
      if (ids.length === 0) return new Set()
      const rows = await db
        .select({ id: submissions.externalId })
        .from(submissions)
        .where(and(isOfUpstream(upstreamOf(credential)), inArray(submissions.externalId, ids)))
      return new Set(rows.flatMap(({ id }) => id ?? []))
    },
  }
}

function createTwinReads(db: Database) {
  async function isThere(where: SQL | undefined): Promise<boolean> {
    const found = await db.select({ videoId: submissions.videoId }).from(submissions).where(where).limit(1)
    return found.length > 0
  }

  return {
    hasOpenTwin(twinKey: string, rival?: Rival): Promise<boolean> {
      const keys = rival ? [twinKey, rival.twinKey] : [twinKey]
      return isThere(
        and(
          inArray(submissions.twinKey, keys),
          sql`${submissions.outcome} in ${open}`,
          rival && or(eq(submissions.twinKey, twinKey), isFrom(rival.sourceId)),
        ),
      )
    },

    /** Whether a rival of this one may have a video that the ledger doesn't know: it is on its way, or was given up. */
    hasRival({ credential, startedAt }: SubmissionRow, { twinKey, sourceId }: Rival): Promise<boolean> {
      return isThere(
        and(
          eq(submissions.credential, credential),
          gt(submissions.startedAt, new Date(startedAt.getTime() - LONGEST_SUBMISSION_MS)),
          eq(submissions.twinKey, twinKey),
          inArray(submissions.outcome, [...openOutcomes, 'unknown']),
          isFrom(sourceId),
        ),
      )
    },

    hasLostTwin(submission: SubmissionRow): Promise<boolean> {
      return isThere(
        and(
          eq(submissions.twinKey, submission.twinKey),
          eq(submissions.outcome, 'unknown'),
          sql`not (${isOf(submission)})`,
        ),
      )
    },

    /** Whether the video of another that could be mistaken for this one may have been made when this one began. */
    hasMadeTwin(submission: SubmissionRow): Promise<boolean> {
      const { twinKey, credential, startedAt } = submission
      const before = (ms: number) => new Date(startedAt.getTime() - ms)
      return isThere(
        and(
          eq(submissions.credential, credential),
          gt(submissions.startedAt, before(LONGEST_SUBMISSION_MS)),
          gt(submissions.settledAt, before(ABOUT_MS)),
          eq(submissions.twinKey, twinKey),
          isNotNull(submissions.externalId),
          sql`not (${isOf(submission)})`,
        ),
      )
    },
  }
}

function isFrom(sourceId: ExternalTaskId) {
  return sql`exists (
    select from ${videoTasks} where ${videoTasks.videoId} = ${submissions.videoId}
    and ${videoTasks.metadata} ->> 'remix_from_external' = ${sourceId}
  )`
}
