import type { HoldReason } from '@reelay/contracts/lifecycle'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { and, eq, getTableColumns, inArray, sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { violatedUnique } from './errors.ts'
import { type SubmissionOutcome, submissions, type TaskRow, videoTasks } from './schema.ts'
import {
  changed,
  columnsTold,
  failed,
  isAttempt,
  type TaskAttempt,
  type TaskFailure,
  type Told,
} from './task-columns.ts'

/** One try at sending: names the sender, and what could be mistaken for it upstream. */
export type Run = { runId: string; twinKey: string }

/** How many submissions may be under way. */
export type Permits = {
  /** Of all users together, sent or being made upstream; undefined is any number. */
  maxInFlight?: number | undefined
  /** How long a submission can be on its way. */
  sendingMs: number
}

/** Whose turn it is: after a hold others go before those that were answered no. */
export type Turn = 'free' | 'no_permit' | 'not_its_turn'

export type Begun = 'begun' | 'not_queued' | 'twin_in_flight' | Exclude<Turn, 'free'>

/** How long a task waits by itself before it is sent again, and why. */
export type SubmissionWait = { ms: number; because: HoldReason }

type Columns = Parameters<ReturnType<Database['update']>['set']>[0]

const open: SubmissionOutcome[] = ['sending', 'in_doubt']

/**
 * The ledger of what was paid: how a submission begins, is settled, and what its task does then, in one statement
 * each. Answers the moved task; undefined means that someone got there first.
 */
export function createLedger(db: Database) {
  return {
    /**
     * Records that a submission is about to be sent. Only `begun` may send: the primary key admits one
     * sender per attempt, and a row that was closed as `not_sent` may be opened again.
     */
    async beginSubmission(
      { videoId, attempt }: TaskAttempt,
      { runId, twinKey }: Run,
      permits: Permits,
    ): Promise<Begun> {
      try {
        const [row] = await db.execute<{ begun: Begun }>(sql`
          select begin_submission(
            ${videoId}, ${attempt}, ${twinKey}, ${runId}, ${permits.maxInFlight ?? null}, ${permits.sendingMs}
          ) as begun`)
        return row?.begun ?? 'not_queued'
      } catch (error) {
        if (violatedUnique(error) === 'submissions_twin_key') return 'twin_in_flight'
        throw error
      }
    },

    /** A first look at what `beginSubmission` counts under a lock: spares a connection to upstream. */
    async turnOf({ videoId, attempt }: TaskAttempt, { maxInFlight, sendingMs }: Permits): Promise<Turn> {
      const [row] = await db.execute<{ turn: Turn }>(
        sql`select turn_to_submit(${videoId}, ${attempt}, ${maxInFlight ?? null}, ${sendingMs}) as turn`,
      )
      return row?.turn ?? 'no_permit'
    },

    /** Upstream made the video: the ledger keeps its name, and the task follows if it is still QUEUED. */
    accept: (task: TaskAttempt, externalTaskId: ExternalTaskId, told: Told = {}) =>
      settleMade(task, 'accepted', externalTaskId, told),

    /** The video was found upstream after its answer was lost. */
    adopt: (task: TaskAttempt, externalTaskId: ExternalTaskId, told: Told = {}) =>
      settleMade(task, 'adopted', externalTaskId, told),

    /** Upstream said no: nothing was made and nothing will be. */
    refuse(task: TaskAttempt, failure: TaskFailure): Promise<TaskRow | undefined> {
      return settle(task, open, { outcome: 'refused' }, failed(failure))
    },

    /** Whether it was made can't be found out: given up, and never sent again without a word from the owner. */
    giveUp(task: TaskAttempt, failure: TaskFailure): Promise<TaskRow | undefined> {
      return settle(task, open, { outcome: 'unknown' }, failed(failure))
    },

    /**
     * Nothing was made: the attempt is as good as new, after its own `wait`. Written even when the run's begin is not
     * to be seen: its answer was lost, and it may still be on its way to the database.
     */
    async markNotSent(
      { videoId, attempt }: TaskAttempt,
      { runId, twinKey }: Run,
      wait?: SubmissionWait,
    ): Promise<void> {
      const state = {
        outcome: 'not_sent' as const,
        runId,
        settledAt: sql`clock_timestamp()`,
        waitsUntil: wait ? sql`clock_timestamp() + ${wait.ms} * interval '1 ms'` : null,
        waitsBecause: wait?.because ?? null,
      }
      await db
        .insert(submissions)
        .values({ videoId, attempt, twinKey, ...state })
        .onConflictDoUpdate({
          target: [submissions.videoId, submissions.attempt],
          set: state,
          setWhere: sql`(${isSending(runId)})
            or (${submissions.outcome} = 'not_sent' and ${submissions.runId} <> ${runId})`,
        })
    },

    /** The answer was lost; the poll queue finds out what became of it. */
    async markInDoubt({ videoId, attempt }: TaskAttempt, { runId }: Run): Promise<void> {
      await db
        .update(submissions)
        .set({ outcome: 'in_doubt' })
        .where(and(eq(submissions.videoId, videoId), eq(submissions.attempt, attempt), isSending(runId)))
    },

    /** A task that ends before anything was sent for this attempt. */
    failUnsent: (task: TaskAttempt, failure: TaskFailure) => moveUnsent(task, 'not_sent', failed(failure)),

    /** An earlier attempt's video is still there: this attempt follows it and pays nothing. */
    resume: (task: TaskAttempt, externalTaskId: ExternalTaskId, told: Told = {}) =>
      moveUnsent(task, 'adopted', processing(externalTaskId, told)),

    /**
     * Opens a submission that was given up once more, so that it is searched for again. False when there is
     * none, or one that could be mistaken for it is open.
     */
    async reopen({ videoId, attempt }: TaskAttempt): Promise<boolean> {
      try {
        const opened = await db
          .update(submissions)
          .set({ outcome: 'in_doubt', settledAt: null })
          .where(
            and(
              eq(submissions.videoId, videoId),
              eq(submissions.attempt, attempt),
              eq(submissions.outcome, 'unknown'),
            ),
          )
          .returning({ videoId: submissions.videoId })
        return opened.length === 1
      } catch (error) {
        if (violatedUnique(error) === 'submissions_twin_key') return false
        throw error
      }
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

  function settleMade(
    task: TaskAttempt,
    outcome: 'accepted' | 'adopted',
    externalTaskId: ExternalTaskId,
    told: Told,
  ) {
    return settle(
      task,
      ['sending', 'in_doubt', 'unknown'],
      { outcome, externalId: externalTaskId },
      processing(externalTaskId, told),
    )
  }

  /**
   * Moves a QUEUED task for whose attempt nothing is open. The attempt takes its place in the ledger: a
   * submission that begins at the same moment is not yet to be seen, but its key is felt.
   */
  async function moveUnsent(
    task: TaskAttempt,
    outcome: SubmissionOutcome,
    set: Columns,
  ): Promise<TaskRow | undefined> {
    const unsent = db.$with('unsent', { videoId: submissions.videoId, attempt: submissions.attempt }).as(sql`
        insert into submissions as s (video_id, attempt, outcome, twin_key, run_id, settled_at)
        select video_id, attempt, ${outcome}, '-', gen_random_uuid(), clock_timestamp() from video_tasks t
        where video_id = ${task.videoId} and attempt = ${task.attempt} and status = 'QUEUED'
        and not exists (
          select from submissions where video_id = t.video_id and outcome in ('sending', 'in_doubt')
        ) for update
        on conflict (video_id, attempt) do update
        set outcome = case s.outcome when 'not_sent' then excluded.outcome else s.outcome end
        where s.outcome not in ('sending', 'in_doubt')
        returning video_id, attempt`)
    const [moved] = await db
      .with(unsent)
      .update(videoTasks)
      .set(set)
      .from(unsent)
      .where(and(isAttempt(task), eq(videoTasks.videoId, unsent.videoId), eq(videoTasks.status, 'QUEUED')))
      .returning(getTableColumns(videoTasks))
    return moved
  }

  async function settle(
    { videoId, attempt }: TaskAttempt,
    from: SubmissionOutcome[],
    outcome: { outcome: SubmissionOutcome; externalId?: ExternalTaskId },
    set: Columns,
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
}

/** Only the run that began may say what became of it: a second one could be sending by now. */
function isSending(runId: string) {
  return sql`${submissions.runId} = ${runId} and ${submissions.outcome} = 'sending'`
}

function processing(externalTaskId: ExternalTaskId, told: Told) {
  return {
    ...changed,
    ...columnsTold(told),
    status: 'PROCESSING' as const,
    externalTaskId,
    acceptedAt: sql`clock_timestamp()`,
  }
}
