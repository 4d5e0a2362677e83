import { type ErrorCode, unfinishedStatuses } from '@reelay/contracts/lifecycle'
import type { ExternalTaskId, VideoId } from '@reelay/contracts/task'
import { and, eq, getTableColumns, inArray, lt, type SQL, sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { violatedUnique } from './errors.ts'
import { type SubmissionOutcome, submissions, type TaskRow, videoTasks } from './schema.ts'

/** A task that upstream has accepted: only such a one surely has an upstream name. */
export type ProcessingTask = TaskRow & {
  status: 'PROCESSING'
  externalTaskId: ExternalTaskId
  acceptedAt: Date
}

/** What names a task's attempt in a guard. */
export type Attempt = Pick<TaskRow, 'videoId' | 'attempt'>

/** Why a task ends FAILED. */
export type Failure = { errorCode: ErrorCode; errorMessage: string; upstreamCode?: string | undefined }

/** What upstream's answer does to a PROCESSING task. */
export type Change =
  | { to: 'PROCESSING'; progress: number }
  | { to: 'COMPLETED'; size?: string | undefined; seconds?: string | undefined }
  | ({ to: 'FAILED' } & Failure)
  | { to: 'QUEUED' }

/** One try at sending: names the sender, and what could be mistaken for it upstream. */
export type Run = { runId: string; twinKey: string }

export type Begun = 'begun' | 'not_queued' | 'twin_in_flight'

export type Transitions = ReturnType<typeof createTransitions>

const open: SubmissionOutcome[] = ['sending', 'in_doubt']
const changed = { version: sql`${videoTasks.version} + 1`, updatedAt: sql`clock_timestamp()` }
const ended = { ...changed, completedAt: sql`clock_timestamp()` }

/**
 * The guarded moves. Each is one statement that names the status and the attempt it may leave from and
 * answers the moved row; undefined means that someone got there first, which is a normal answer.
 */
export function createTransitions(db: Database) {
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
      return settle(task, open, { outcome: 'refused' }, { ...ended, status: 'FAILED', ...failed(failure) })
    },

    /** Whether it was made can't be found out: given up, and never sent again without a word from the owner. */
    giveUp(task: Attempt, failure: Failure): Promise<TaskRow | undefined> {
      return settle(task, open, { outcome: 'unknown' }, { ...ended, status: 'FAILED', ...failed(failure) })
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
        .set({ ...ended, status: 'FAILED', ...failed(failure) })
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

    /** The owner wants no more of it. What is open or paid upstream stays so; only the following ends. */
    async cancel(userId: string, videoId: VideoId): Promise<TaskRow | undefined> {
      const [moved] = await db
        .update(videoTasks)
        .set({ ...ended, status: 'CANCELLED' })
        .where(
          and(
            eq(videoTasks.videoId, videoId),
            eq(videoTasks.userId, userId),
            inArray(videoTasks.status, [...unfinishedStatuses]),
          ),
        )
        .returning()
      return moved
    },

    /** Applies upstream's answer to the video it was asked about. */
    async apply(task: ProcessingTask, change: Change): Promise<TaskRow | undefined> {
      const guards: (SQL | undefined)[] = [
        isAttempt(task),
        eq(videoTasks.status, 'PROCESSING'),
        eq(videoTasks.externalTaskId, task.externalTaskId),
      ]
      if (change.to === 'PROCESSING') guards.push(lt(videoTasks.progress, change.progress))
      const [moved] = await db
        .update(videoTasks)
        .set(columnsOf(change))
        .where(and(...guards))
        .returning()
      return moved
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

/** Narrows a row to one that upstream has accepted; the table's check constraint holds what the type says. */
export function isProcessing(task: TaskRow): task is ProcessingTask {
  return task.status === 'PROCESSING'
}

function isAttempt({ videoId, attempt }: { videoId: VideoId; attempt: number }) {
  return and(eq(videoTasks.videoId, videoId), eq(videoTasks.attempt, attempt))
}

function failed({ errorCode, errorMessage, upstreamCode }: Failure) {
  return { errorCode, errorMessage, upstreamCode: upstreamCode ?? null }
}

function columnsOf(change: Change) {
  switch (change.to) {
    case 'PROCESSING':
      return { ...changed, progress: change.progress }
    case 'COMPLETED':
      return {
        ...ended,
        status: change.to,
        progress: 100,
        ...(change.size && { size: change.size }),
        ...(change.seconds && { seconds: change.seconds }),
      }
    case 'FAILED':
      return { ...ended, status: change.to, ...failed(change) }
    case 'QUEUED':
      return {
        ...changed,
        status: change.to,
        attempt: sql`${videoTasks.attempt} + 1`,
        autoRetriesUsed: sql`${videoTasks.autoRetriesUsed} + 1`,
        progress: 0,
        externalTaskId: null,
        acceptedAt: null,
        queuedAt: sql`clock_timestamp()`,
      }
  }
}
