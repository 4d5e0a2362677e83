import type { ExternalTaskId, VideoId } from '@reelay/contracts/task'
import { and, desc, eq, getTableColumns, inArray, lt, sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { type SubmissionRow, submissions } from './schema.ts'

/** A submission, how long ago it began and for how long it still waits by itself, in ms by the database's clock. */
export type AgedSubmission = SubmissionRow & { ageMs: number; waitsMs: number }

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
        .where(and(eq(submissions.videoId, videoId), eq(submissions.attempt, attempt)))
      return submission
    },

    /** What earlier attempts of a task left in the ledger, newest first. */
    earlierSubmissions(videoId: VideoId, before: number): Promise<AgedSubmission[]> {
      return db
        .select({ ...getTableColumns(submissions), ageMs, waitsMs })
        .from(submissions)
        .where(and(eq(submissions.videoId, videoId), lt(submissions.attempt, before)))
        .orderBy(desc(submissions.attempt))
    },

    /** Whether a submission that could be mistaken for this one is open. */
    async hasOpenTwin(twinKey: string): Promise<boolean> {
      const twins = await db
        .select({ videoId: submissions.videoId })
        .from(submissions)
        .where(and(eq(submissions.twinKey, twinKey), inArray(submissions.outcome, ['sending', 'in_doubt'])))
      return twins.length > 0
    },

    /** Whether another submission that could be mistaken for this one was given up: its video may turn up yet. */
    async hasLostTwin({ videoId, attempt, twinKey }: SubmissionRow): Promise<boolean> {
      const isThis = and(eq(submissions.videoId, videoId), eq(submissions.attempt, attempt))
      const twins = await db
        .select({ videoId: submissions.videoId })
        .from(submissions)
        .where(
          and(eq(submissions.twinKey, twinKey), eq(submissions.outcome, 'unknown'), sql`not (${isThis})`),
        )
        .limit(1)
      return twins.length > 0
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
