import type { ExternalTaskId } from '@reelay/contracts/task'
import { and, eq, getTableColumns, inArray, type SQL, sql } from 'drizzle-orm'
import { type Attempt, changed, type Failure, failed, isAttempt } from './changes.ts'
import type { Database } from './client.ts'
import { violatedUnique } from './errors.ts'
import { type SubmissionOutcome, submissions, type TaskRow, videoTasks } from './schema.ts'

/** One try at sending: names the sender, and what could be mistaken for it upstream. */
export type Run = { runId: string; twinKey: string }

export type Begun = 'begun' | 'not_queued' | 'twin_in_flight'

const open: SubmissionOutcome[] = ['sending', 'in_doubt']

/**
 * The ledger of what was paid: how a submission begins, how it is settled, and what its task does then, in
 * one statement each. Answers the moved task; undefined means that someone got there first.
 */
export function createLedger(db: Database) {
  return {
    /**
     * Records that a submission is about to be sent. Only `begun` may send: the primary key admits one
     * sender per attempt, and a row that was closed as `not_sent` may be opened again.
     */
    async beginSubmission({ videoId, attempt }: Attempt, { runId, twinKey }: Run): Promise<Begun> {
      try {
        const begun = await db.execute(sql`
          with task as (
            select video_id, attempt from video_tasks
            where video_id = ${videoId} and attempt = ${attempt} and status = 'QUEUED' for update
          )
          insert into submissions as s (video_id, attempt, outcome, twin_key, run_id, started_at)
          select video_id, attempt, 'sending', ${twinKey}, ${runId}, clock_timestamp() from task
          on conflict (video_id, attempt) do update
          set outcome = 'sending', run_id = excluded.run_id, started_at = clock_timestamp(), settled_at = null
          where s.outcome = 'not_sent'
          returning video_id`)
        return begun.length === 1 ? 'begun' : 'not_queued'
      } catch (error) {
        if (violatedUnique(error) === 'submissions_twin_key') return 'twin_in_flight'
        throw error
      }
    },

    /** Upstream made the video: the ledger keeps its name, and the task follows if it is still QUEUED. */
    accept: (task: Attempt, externalTaskId: ExternalTaskId) => settleMade(task, 'accepted', externalTaskId),

    /** The video was found upstream after its answer was lost. */
    adopt: (task: Attempt, externalTaskId: ExternalTaskId) => settleMade(task, 'adopted', externalTaskId),

    /** Upstream said no: nothing was made and nothing will be. */
    refuse(task: Attempt, failure: Failure): Promise<TaskRow | undefined> {
      return settle(task, open, { outcome: 'refused' }, failed(failure))
    },

    /** Whether it was made can't be found out: given up, and never sent again without a word from the owner. */
    giveUp(task: Attempt, failure: Failure): Promise<TaskRow | undefined> {
      return settle(task, open, { outcome: 'unknown' }, failed(failure))
    },

    /** Nothing reached upstream, so the attempt is as good as new. */
    async markNotSent(task: Attempt, run: Run): Promise<void> {
      await markSending(task, run, { outcome: 'not_sent', settledAt: sql`clock_timestamp()` })
    },

    /** The answer was lost; the poll queue finds out what became of it. */
    async markInDoubt(task: Attempt, run: Run): Promise<void> {
      await markSending(task, run, { outcome: 'in_doubt' })
    },

    /**
     * A task whose time ran out before anything was sent. Nothing in doubt may be left behind, so the attempt
     * takes its place in the ledger: a submission that begins at the same moment is not yet to be seen, but
     * its key is felt.
     */
    async expireQueued(task: Attempt, failure: Failure): Promise<TaskRow | undefined> {
      const unsent = db
        .$with('unsent', { videoId: submissions.videoId, attempt: submissions.attempt })
        .as(sql`
          insert into submissions as s (video_id, attempt, outcome, twin_key, run_id, settled_at)
          select video_id, attempt, 'not_sent', '-', gen_random_uuid(), clock_timestamp() from video_tasks t
          where video_id = ${task.videoId} and attempt = ${task.attempt} and status = 'QUEUED'
          and not exists (
            select from submissions where video_id = t.video_id and outcome in ('sending', 'in_doubt')
          ) for update
          on conflict (video_id, attempt) do update set outcome = s.outcome
          where s.outcome not in ('sending', 'in_doubt')
          returning video_id, attempt`)
      const [moved] = await db
        .with(unsent)
        .update(videoTasks)
        .set(failed(failure))
        .from(unsent)
        .where(and(isAttempt(task), eq(videoTasks.videoId, unsent.videoId), eq(videoTasks.status, 'QUEUED')))
        .returning(getTableColumns(videoTasks))
      return moved
    },

    /** Gives up open submissions whose task went with its user; nobody is left to look for them. */
    async giveUpOrphans(olderThanMs: number): Promise<void> {
      await db.execute(sql`
        update submissions s set outcome = 'unknown', settled_at = clock_timestamp()
        where s.outcome in ('sending', 'in_doubt')
        and s.started_at < clock_timestamp() - ${olderThanMs} * interval '1 ms'
        and not exists (select from video_tasks t where t.video_id = s.video_id)`)
    },
  }

  function settleMade(task: Attempt, outcome: 'accepted' | 'adopted', externalTaskId: ExternalTaskId) {
    return settle(
      task,
      ['sending', 'in_doubt', 'unknown'],
      { outcome, externalId: externalTaskId },
      { ...changed, status: 'PROCESSING', externalTaskId, acceptedAt: sql`clock_timestamp()` },
    )
  }

  async function settle(
    { videoId, attempt }: Attempt,
    from: SubmissionOutcome[],
    outcome: { outcome: SubmissionOutcome; externalId?: ExternalTaskId },
    set: Parameters<ReturnType<typeof db.update<typeof videoTasks>>['set']>[0],
  ): Promise<TaskRow | undefined> {
    const settled = db.$with('settled').as(
      db
        .update(submissions)
        .set({ ...outcome, settledAt: sql`clock_timestamp()` })
        .where(
          and(
            eq(submissions.videoId, videoId),
            eq(submissions.attempt, attempt),
            inArray(submissions.outcome, from),
          ),
        )
        .returning({ videoId: submissions.videoId, attempt: submissions.attempt }),
    )
    const [moved] = await db
      .with(settled)
      .update(videoTasks)
      .set(set)
      .from(settled)
      .where(
        and(
          eq(videoTasks.videoId, settled.videoId),
          eq(videoTasks.attempt, settled.attempt),
          eq(videoTasks.status, 'QUEUED'),
        ),
      )
      .returning(getTableColumns(videoTasks))
    return moved
  }

  /** Only the run that began may say what became of it: a second one could be sending by now. */
  async function markSending(
    { videoId, attempt }: Attempt,
    { runId }: Run,
    set: { outcome: SubmissionOutcome; settledAt?: SQL },
  ) {
    await db
      .update(submissions)
      .set(set)
      .where(
        and(
          eq(submissions.videoId, videoId),
          eq(submissions.attempt, attempt),
          eq(submissions.runId, runId),
          eq(submissions.outcome, 'sending'),
        ),
      )
  }
}
