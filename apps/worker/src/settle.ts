import type { SubmitNotes } from '@reelay/contracts/jobs'
import { loggableReason } from '@reelay/db/errors'
import type { Candidate, Ledger, Run, SubmissionWait } from '@reelay/db/ledger'
import type { TaskRow } from '@reelay/db/schema'
import type { Tasks } from '@reelay/db/tasks'
import type { SubmissionTrouble, TroubleNoted, UpstreamState } from '@reelay/db/upstream-state'
import type { Queues } from '@reelay/queue/queues'
import type { Announce } from '@reelay/relay/announce'
import { enqueuePoll } from '@reelay/relay/enqueue'
import { areAll } from '@reelay/relay/routing'
import type { InDoubt, NotNow, RefusalReason, SubmitOutcome } from '@reelay/upstream/submit/submit-outcome'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { Logger } from 'pino'
import { toldBy } from './decide.ts'
import { atLeastAsAsked, backoff, done, type Outcome, pause, snooze } from './outcome.ts'
import { retryWrite } from './retry-write.ts'

export type SettleDeps = {
  tasks: Tasks
  ledger: Ledger
  upstreamState: UpstreamState
  queues: Queues
  upstreams: Pick<Upstreams, 'registry'>
  announce: Announce
  log: Logger
  pollIntervalMs: number
}

export type Settle = (
  task: TaskRow,
  run: Run,
  outcome: SubmitOutcome,
  circumstances: Circumstances,
) => Promise<Outcome<SubmitNotes>>

type Circumstances = { notes: SubmitNotes; candidates: Candidate[] }

export const PERMIT_WAIT_MS = 1000

const NOT_SENT_MS = 1000
const NOT_SENT_MAX_MS = 30_000
const ALONE_MS = 5000
const ALONE_MAX_MS = 60_000
const BALANCE_EMPTY_MS = 600_000

export function createSettle(deps: SettleDeps): Settle {
  const { ledger, queues, upstreams } = deps
  return async function settle(task, run, outcome, circumstances) {
    const { notes } = circumstances
    const log = deps.log.child({ videoId: task.videoId, attempt: task.attempt })
    switch (outcome.kind) {
      case 'created': {
        await retryWrite(() => ledger.accept(task, outcome.video.id, toldBy(outcome.video)))
        await noteAnswer(task, run, true, deps)
        return followUp(task, deps)
      }
      case 'refused': {
        // Said of the account: another one may have what this one lacks.
        if (
          outcome.errorCode === 'insufficient_quota' &&
          (await mayGoElsewhere(task, run, circumstances, deps))
        ) {
          log.error({ credential: run.credential, reason: 'balance_empty' }, 'upstream takes nothing now')
          return goElsewhere(
            task,
            run,
            { ms: BALANCE_EMPTY_MS, because: 'balance_empty' },
            circumstances,
            deps,
          )
        }
        await refuse(task, outcome, deps)
        await noteAnswer(task, run, false, deps)
        return done()
      }
      case 'not_now':
        return notNow(task, run, outcome, circumstances, deps)
      case 'not_sent': {
        log.warn({ credential: run.credential, reason: outcome.reason }, 'submission not sent')
        const failures = (notes.failures ?? 0) + 1
        const waitMs = backoff(failures - 1, NOT_SENT_MS, NOT_SENT_MAX_MS)
        if (!outcome.recorded && (await mayGoElsewhere(task, run, circumstances, deps)))
          return goElsewhere(task, run, { ms: waitMs, because: 'upstream_errors' }, circumstances, deps)
        if (outcome.recorded) await retryWrite(() => ledger.markNotSent(task, run))
        return snooze(waitMs, { ...notes, failures })
      }
      case 'in_doubt': {
        const heldMs = outcome.serverError ? await noteServerError(task, run, outcome, deps) : 0
        await retryWrite(() => ledger.markInDoubt(task, run))
        log.warn({ credential: run.credential, reason: outcome.reason, heldMs }, 'submission in doubt')
        if (heldMs > 0 && areAll([{ id: run.credential }], upstreams)) await queues.pause('submit', heldMs)
        await queues.enqueueReconcile(task)
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
  circumstances: Circumstances,
  deps: SettleDeps,
): Promise<Outcome<SubmitNotes>> {
  const { notes } = circumstances
  const { reason, hint, refusal, refusalAfterAll } = outcome
  const retryAfterMs = atLeastAsAsked(0, outcome.retryAfterMs)
  const trouble = { because: reason, mayBeRefused: refusal !== undefined, retryAfterMs }
  const { means, heldMs } = await noteTrouble(task, run, trouble, deps)
  const verdict = means === 'refused' && (refusal ?? refusalAfterAll)
  if (verdict) {
    await refuse(task, verdict, deps)
    return done()
  }
  const failures = (notes.failures ?? 0) + 1
  const aloneMs = Math.max(heldMs, retryAfterMs, backoff(failures - 1, ALONE_MS, ALONE_MAX_MS))
  const waitMs = means === 'held' ? heldMs : aloneMs
  const { videoId, attempt } = task
  const { credential } = run
  const level = reason === 'rate_limited' ? 'warn' : 'error'
  deps.log[level]({ videoId, attempt, credential, reason, hint, waitMs, means }, 'upstream takes nothing now')
  const wait = { ms: waitMs, because: reason }
  if (await mayGoElsewhere(task, run, circumstances, deps))
    return goElsewhere(task, run, wait, circumstances, deps)
  await retryWrite(() => deps.ledger.markNotSent(task, run, means === 'held' ? undefined : wait))
  const pauses = means === 'held' && areAll([{ id: credential }], deps.upstreams)
  if (pauses) return pause(waitMs)
  // Of several the one that is free first is known when it is looked for.
  return snooze(circumstances.candidates.length > 1 ? 0 : waitMs, { ...notes, failures })
}

async function mayGoElsewhere(
  { videoId, attempt }: TaskRow,
  { credential }: Run,
  { candidates }: Circumstances,
  { ledger }: SettleDeps,
): Promise<boolean> {
  const others = candidates.filter(({ id }) => id !== credential)
  if (others.length === 0) return false
  const { notBefore = {} } = (await retryWrite(() => ledger.findSubmission(videoId, attempt))) ?? {}
  return others.some(({ id }) => !(Date.parse(notBefore[id] ?? '') > Date.now()))
}

/** Nothing was made for sure: the same attempt is sent with another credential at once, and with this one not before its time. */
async function goElsewhere(
  task: TaskRow,
  run: Run,
  wait: SubmissionWait,
  { notes }: Circumstances,
  { ledger }: SettleDeps,
): Promise<Outcome<SubmitNotes>> {
  await retryWrite(() => ledger.markNotSent(task, run, { ...wait, elsewhere: true }))
  return snooze(0, notes)
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

async function noteServerError(
  task: TaskRow,
  run: Run,
  { retryAfterMs }: InDoubt,
  deps: SettleDeps,
): Promise<number> {
  const asked = atLeastAsAsked(0, retryAfterMs)
  const noted = await noteTrouble(task, run, { because: 'upstream_errors', retryAfterMs: asked }, deps)
  return noted.means === 'held' ? noted.heldMs : 0
}

/**
 * Stands before the submission is settled: until then no probe begins but this one. The pause of the queue only
 * spares the workers asking.
 */
function noteTrouble(
  task: TaskRow,
  { credential }: Run,
  trouble: SubmissionTrouble,
  deps: SettleDeps,
): Promise<TroubleNoted> {
  return retryWrite(() => deps.upstreamState.noteTrouble(task, credential, trouble))
}

/** May fail: while the count of failures stands, submits go out one at a time. */
async function noteAnswer(
  task: TaskRow,
  { credential }: Run,
  made: boolean,
  deps: SettleDeps,
): Promise<void> {
  await deps.upstreamState.noteAnswer(task, credential, made).catch((error: Error) => {
    deps.log.warn({ reason: loggableReason(error) }, 'count of failed submits not cleared')
  })
}
