import type { HoldReason } from '@reelay/contracts/lifecycle'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { and, inArray, sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { violatedUnique } from './errors.ts'
import { createLedgerReads } from './ledger/reads.ts'
import { createReopen } from './ledger/reopen.ts'
import { isOf } from './ledger/submission.ts'
import { createUnsent } from './ledger/unsent.ts'
import { move } from './moves/move.ts'
import { submissions, type TaskRow } from './schema.ts'
import { openOutcomes, type SubmissionOutcome } from './submission-outcome.ts'
import {
  columnsAccepted,
  columnsFailed,
  isAttempt,
  type TaskAttempt,
  type TaskFailure,
  type Told,
} from './task-columns.ts'

export type Ledger = ReturnType<typeof createLedger>

/** One try at sending: names the sender, and what could be mistaken for it upstream. */
export type Run = { runId: string; twinKey: string }

export type Permits = {
  maxInFlight?: number | undefined
  sendingMs: number
}

/** Whose turn it is: after a hold others go before those that were answered no. */
export type Turn = 'free' | 'no_permit' | 'not_its_turn'

export type Begun = 'begun' | 'not_queued' | 'twin_in_flight' | Exclude<Turn, 'free'>

export type SubmissionWait = { ms: number; because: HoldReason }

/** A video that was given up may turn up after all. */
const mayBeMade = [...openOutcomes, 'unknown'] as const

/**
 * The ledger of what was paid, a row for each attempt: how a submission begins, what becomes of it, and what its task
 * does then, in one statement each. Those that move a task return it; undefined means that someone got there first.
 */
export function createLedger(db: Database) {
  return {
    ...createBegin(db),
    ...createSettle(db),
    ...createMarks(db),
    ...createUnsent(db),
    ...createReopen(db),
    ...createLedgerReads(db),
  }
}

function createBegin(db: Database) {
  return {
    /**
     * Records that a submission is about to be sent. Only `begun` may send: the primary key admits one
     * sender per attempt, and a row that was closed as `not_sent` may be opened again.
     */
    async beginSubmission(
      { videoId, attempt }: TaskAttempt,
      { runId, twinKey }: Run,
      { maxInFlight, sendingMs }: Permits,
    ): Promise<Begun> {
      try {
        const [row] = await db.execute<{ begun: Begun }>(sql`
          select begin_submission(
            ${videoId}, ${attempt}, ${twinKey}, ${runId}, ${maxInFlight ?? null}, ${sendingMs}
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
  }
}

function createSettle(db: Database) {
  return {
    accept(task: TaskAttempt, externalId: ExternalTaskId, told: Told = {}) {
      return settleMade(db, task, 'accepted', externalId, told)
    },

    adopt(task: TaskAttempt, externalId: ExternalTaskId, told: Told = {}) {
      return settleMade(db, task, 'adopted', externalId, told)
    },

    refuse(task: TaskAttempt, failure: TaskFailure) {
      return settleUnmade(db, task, 'refused', failure)
    },

    /** Whether it was made can't be found out: given up, and never sent again without a word from the owner. */
    giveUp(task: TaskAttempt, failure: TaskFailure) {
      return settleUnmade(db, task, 'unknown', failure)
    },
  }
}

function settleMade(
  db: Database,
  task: TaskAttempt,
  outcome: 'accepted' | 'adopted',
  externalId: ExternalTaskId,
  told: Told,
): Promise<TaskRow | undefined> {
  const settled = settle(db, task, mayBeMade, { outcome, externalId })
  const set = columnsAccepted(externalId, told)
  return move(db, { from: ['QUEUED'], to: 'PROCESSING', guard: isAttempt(settled), set, after: settled })
}

function settleUnmade(
  db: Database,
  task: TaskAttempt,
  outcome: 'refused' | 'unknown',
  failure: TaskFailure,
): Promise<TaskRow | undefined> {
  const settled = settle(db, task, openOutcomes, { outcome })
  const set = columnsFailed(failure)
  return move(db, { from: ['QUEUED'], to: 'FAILED', guard: isAttempt(settled), set, after: settled })
}

function settle(
  db: Database,
  task: TaskAttempt,
  from: readonly SubmissionOutcome[],
  outcome: { outcome: SubmissionOutcome; externalId?: ExternalTaskId },
) {
  return db.$with('settled').as(
    db
      .update(submissions)
      .set({ ...outcome, settledAt: sql`clock_timestamp()` })
      .where(and(isOf(task), inArray(submissions.outcome, [...from])))
      .returning({ videoId: submissions.videoId, attempt: submissions.attempt }),
  )
}

function createMarks(db: Database) {
  return {
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

    async markInDoubt(task: TaskAttempt, { runId }: Run): Promise<void> {
      await db
        .update(submissions)
        .set({ outcome: 'in_doubt' })
        .where(and(isOf(task), isSending(runId)))
    },
  }
}

/** Only the run that began may say what became of it: a second one could be sending by now. */
function isSending(runId: string) {
  return sql`${submissions.runId} = ${runId} and ${submissions.outcome} = 'sending'`
}
