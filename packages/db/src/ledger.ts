import type { CredentialId } from '@reelay/contracts/credential'
import type { DerivationKind } from '@reelay/contracts/derivation'
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

/**
 * One try at sending: names the sender, with what it is sent, what is made if it is from an earlier video, and what could
 * be mistaken for it upstream.
 */
export type Run = {
  runId: string
  credential: CredentialId
  kind?: DerivationKind | undefined
  twinKey: string
}

/** What a credential allows: so many videos being made, so many submissions begun within any minute. */
export type Limits = { maxInFlight?: number | undefined; submitsPerMinute?: number | undefined }

export type Candidate = Limits & { id: CredentialId; weight: number }

/** How long a submission may be on its way, from its record on: until its first byte leaves, and until its answer. */
export type SendingTime = { sendWindowMs: number; sendingMs: number }

/** Whether it may be sent now; after a hold others go before those that were answered no. */
export type Turn = 'free' | 'held' | 'no_permit' | 'not_its_turn'

/** The credential that an attempt is to be sent with, or that may be first, and in how many ms to ask again. */
export type Choice = { credential: CredentialId; turn: Turn; waitMs: number }

export type Begun = 'begun' | 'not_queued' | 'twin_in_flight' | Exclude<Turn, 'free'>

/** For how long an attempt isn't sent with a credential; `elsewhere`: another one may be tried at once. */
export type SubmissionWait = { ms: number; because: HoldReason; elsewhere?: boolean }

const MINUTE_MS = 60_000

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
      { runId, twinKey, credential, kind }: Run,
      { maxInFlight, submitsPerMinute, sendWindowMs, sendingMs }: Limits & SendingTime,
    ): Promise<Begun> {
      try {
        const [row] = await db.execute<{ begun: Begun }>(sql`
          select begin_submission(
            ${videoId}, ${attempt}, ${twinKey}, ${runId}, ${credential}, ${maxInFlight ?? null},
            ${submitsPerMinute ?? null}, ${MINUTE_MS + sendWindowMs}, ${sendingMs},
            ${kind ?? null}::text
          ) as begun`)
        return row?.begun ?? 'not_queued'
      } catch (error) {
        if (violatedUnique(error) === 'submissions_twin_key') return 'twin_in_flight'
        throw error
      }
    },

    /**
     * Which of the candidates, one at least, an attempt is to be sent with. A first look at what `beginSubmission`
     * counts under a lock.
     */
    async chooseCredential(
      { videoId, attempt }: TaskAttempt,
      candidates: readonly Candidate[],
      { sendWindowMs, sendingMs }: SendingTime,
    ): Promise<Choice> {
      const asked = candidates.map(({ submitsPerMinute, ...candidate }) => ({
        ...candidate,
        rate: submitsPerMinute,
      }))
      const [choice] = await db.execute<Choice>(sql`
        select credential, turn, wait_ms as "waitMs" from choose_credential(
          ${videoId}, ${attempt}, ${JSON.stringify(asked)}::jsonb, ${MINUTE_MS + sendWindowMs}, ${sendingMs}
        )`)
      if (!choice?.credential) throw new Error('there is no credential to choose from')
      return choice
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
  const set = columnsAccepted(externalId, settled.credential, told)
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
      .returning({
        videoId: submissions.videoId,
        attempt: submissions.attempt,
        credential: submissions.credential,
      }),
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
      { runId, credential, twinKey }: Run,
      wait?: SubmissionWait,
    ): Promise<void> {
      const notBefore = wait
        ? sql`jsonb_build_object(${credential}::text, clock_timestamp() + ${wait.ms} * interval '1 ms')`
        : sql`'{}'::jsonb`
      const state = {
        outcome: 'not_sent' as const,
        runId,
        credential,
        settledAt: sql`clock_timestamp()`,
        waitsUntil: wait && !wait.elsewhere ? sql`clock_timestamp() + ${wait.ms} * interval '1 ms'` : null,
        waitsBecause: wait?.because ?? null,
      }
      await db
        .insert(submissions)
        .values({ videoId, attempt, twinKey, ...state, notBefore })
        .onConflictDoUpdate({
          target: [submissions.videoId, submissions.attempt],
          set: { ...state, notBefore: sql`${submissions.notBefore} || ${notBefore}` },
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
