import type { SubmitNotes } from '@reelay/contracts/jobs'
import { loggableReason } from '@reelay/db/errors'
import type { Ledger, Run } from '@reelay/db/ledger'
import type { TaskRow } from '@reelay/db/schema'
import type { Tasks } from '@reelay/db/tasks'
import type { SubmissionTrouble, TroubleNoted, UpstreamState } from '@reelay/db/upstream-state'
import type { Queues } from '@reelay/queue/queues'
import type { Announce } from '@reelay/relay/announce'
import { enqueuePoll } from '@reelay/relay/enqueue'
import type { InDoubt, NotNow, RefusalReason, SubmitOutcome } from '@reelay/upstream/submit/submit-outcome'
import type { Logger } from 'pino'
import { toldBy } from './decide.ts'
import { atLeastAsAsked, backoff, done, type Outcome, pause, snooze } from './outcome.ts'
import { retryWrite } from './retry-write.ts'

export type SettleDeps = {
  tasks: Tasks
  ledger: Ledger
  upstreamState: UpstreamState
  queues: Queues
  announce: Announce
  log: Logger
  pollIntervalMs: number
}

export type Settle = (
  task: TaskRow,
  run: Run,
  outcome: SubmitOutcome,
  notes: SubmitNotes,
) => Promise<Outcome<SubmitNotes>>

export const PERMIT_WAIT_MS = 1000

const NOT_SENT_MS = 1000
const NOT_SENT_MAX_MS = 30_000
const ALONE_MS = 5000
const ALONE_MAX_MS = 60_000

export function createSettle(deps: SettleDeps): Settle {
  const { ledger, queues } = deps
  return async function settle(task, run, outcome, notes) {
    const log = deps.log.child({ videoId: task.videoId, attempt: task.attempt })
    switch (outcome.kind) {
      case 'created': {
        await retryWrite(() => ledger.accept(task, outcome.video.id, toldBy(outcome.video)))
        await noteAnswer(task, true, deps)
        return followUp(task, deps)
      }
      case 'refused': {
        await refuse(task, outcome, deps)
        await noteAnswer(task, false, deps)
        return done()
      }
      case 'not_now':
        return notNow(task, run, outcome, notes, deps)
      case 'not_sent': {
        if (outcome.recorded) await retryWrite(() => ledger.markNotSent(task, run))
        log.warn({ reason: outcome.reason }, 'submission not sent')
        const failures = (notes.failures ?? 0) + 1
        return snooze(backoff(failures - 1, NOT_SENT_MS, NOT_SENT_MAX_MS), { ...notes, failures })
      }
      case 'in_doubt': {
        const pauseMs = outcome.serverError ? await noteServerError(task, outcome, deps) : 0
        await retryWrite(() => ledger.markInDoubt(task, run))
        log.warn({ reason: outcome.reason, pauseMs }, 'submission in doubt')
        if (pauseMs > 0) await queues.pause('submit', pauseMs)
        await queues.enqueuePoll(task)
        return done()
      }
    }
  }
}

/** The acceptance is written, by this run or another: publishes what the row says now, and polls it. */
async function followUp({ videoId, attempt }: TaskRow, deps: SettleDeps): Promise<Outcome<SubmitNotes>> {
  const task = await retryWrite(() => deps.tasks.find(videoId))
  if (task?.status !== 'PROCESSING' || task.attempt !== attempt) return done()
  await Promise.all([deps.announce(task), enqueuePoll(task, deps, deps.pollIntervalMs)])
  return done()
}

async function notNow(
  task: TaskRow,
  run: Run,
  outcome: NotNow,
  notes: SubmitNotes,
  deps: SettleDeps,
): Promise<Outcome<SubmitNotes>> {
  const { reason, hint, refusal, refusalAfterAll } = outcome
  const retryAfterMs = atLeastAsAsked(0, outcome.retryAfterMs)
  const trouble = { because: reason, mayBeRefused: refusal !== undefined, retryAfterMs }
  const { means, heldMs } = await noteTrouble(task, trouble, deps)
  const verdict = means === 'refused' && (refusal ?? refusalAfterAll)
  if (verdict) {
    await refuse(task, verdict, deps)
    return done()
  }
  const failures = (notes.failures ?? 0) + 1
  const aloneMs = Math.max(heldMs, retryAfterMs, backoff(failures - 1, ALONE_MS, ALONE_MAX_MS))
  const waitMs = means === 'held' ? heldMs : aloneMs
  const wait = means === 'held' ? undefined : { ms: waitMs, because: reason }
  await retryWrite(() => deps.ledger.markNotSent(task, run, wait))
  const { videoId, attempt } = task
  const level = reason === 'rate_limited' ? 'warn' : 'error'
  deps.log[level]({ videoId, attempt, reason, hint, waitMs, means }, 'upstream takes nothing now')
  return means === 'held' ? pause(waitMs) : snooze(waitMs, { ...notes, failures })
}

async function refuse(
  task: TaskRow,
  { errorCode, upstreamCode, message }: RefusalReason,
  { ledger, announce }: SettleDeps,
): Promise<void> {
  const failure = { errorCode, upstreamCode, errorMessage: message }
  const moved = await retryWrite(() => ledger.refuse(task, failure))
  if (moved) await announce(moved)
}

async function noteServerError(task: TaskRow, { retryAfterMs }: InDoubt, deps: SettleDeps): Promise<number> {
  const asked = atLeastAsAsked(0, retryAfterMs)
  const noted = await noteTrouble(task, { because: 'upstream_errors', retryAfterMs: asked }, deps)
  return noted.means === 'held' ? noted.heldMs : 0
}

/**
 * Stands before the submission is settled: until then no probe begins but this one. The pause of the queue only
 * spares the workers asking.
 */
function noteTrouble(task: TaskRow, trouble: SubmissionTrouble, deps: SettleDeps): Promise<TroubleNoted> {
  return retryWrite(() => deps.upstreamState.noteTrouble(task, trouble))
}

/** May fail: while the count of failures stands, submits go out one at a time. */
async function noteAnswer(task: TaskRow, made: boolean, deps: SettleDeps): Promise<void> {
  await deps.upstreamState.noteAnswer(task, made).catch((error: Error) => {
    deps.log.warn({ reason: loggableReason(error) }, 'count of failed submits not cleared')
  })
}
