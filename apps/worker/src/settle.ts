import type { Run } from '@reelay/db/ledger'
import type { TaskRow } from '@reelay/db/schema'
import type { TaskRepository } from '@reelay/db/task-repository'
import type { Transitions } from '@reelay/db/transitions'
import type { UpstreamState } from '@reelay/db/upstream-state'
import type { Queues } from '@reelay/queue/queues'
import type { SubmitOutcome } from '@reelay/sora/submit-outcome'
import type { Logger } from 'pino'
import type { Announce } from './announce.ts'
import { atLeastAsAsked, backoff, done, type Notes, type Outcome, pause, snooze } from './outcome.ts'
import { persist } from './persist.ts'

export type SettleDeps = {
  tasks: TaskRepository
  transitions: Transitions
  upstream: UpstreamState
  queues: Queues
  announce: Announce
  log: Logger
  pollIntervalMs: number
}

/** Writes down what became of a submission, and says what is to happen next. */
export type Settle = (task: TaskRow, run: Run, outcome: SubmitOutcome, notes: Notes) => Promise<Outcome>

/** How soon a permit that was given back is found. */
export const PERMIT_WAIT_MS = 1000

const NOT_SENT_MS = 1000
const NOT_SENT_MAX_MS = 30_000

export function createSettle(deps: SettleDeps): Settle {
  const { tasks, transitions, upstream, queues, announce } = deps
  return async function settle(task, run, outcome, notes) {
    const log = deps.log.child({ videoId: task.videoId, attempt: task.attempt })
    switch (outcome.kind) {
      case 'created': {
        await persist(() => transitions.accept(task, outcome.video.id))
        await upstreamWorks(task)
        return followUp(task)
      }
      case 'refused': {
        const { errorCode, upstreamCode, message: errorMessage } = outcome
        const moved = await persist(() => transitions.refuse(task, { errorCode, upstreamCode, errorMessage }))
        if (moved) await announce(moved)
        await upstreamWorks(task)
        return done()
      }
      case 'not_now': {
        const { reason } = outcome
        const pauseMs = await holdBack(task, outcome, true)
        await persist(() => transitions.markNotSent(task, run))
        log[reason === 'rate_limited' ? 'warn' : 'error']({ reason, pauseMs }, 'upstream takes nothing now')
        return pause(pauseMs)
      }
      case 'not_sent': {
        if (outcome.recorded) await persist(() => transitions.markNotSent(task, run))
        log.warn({ reason: outcome.reason }, 'submission not sent')
        const failures = (notes.failures ?? 0) + 1
        return snooze(backoff(failures - 1, NOT_SENT_MS, NOT_SENT_MAX_MS), { ...notes, failures })
      }
      case 'in_doubt': {
        const pauseMs = outcome.serverError ? await holdBack(task, outcome) : 0
        await persist(() => transitions.markInDoubt(task, run))
        log.warn({ reason: outcome.reason, pauseMs }, 'submission in doubt')
        if (pauseMs > 0) await queues.pause('submit', pauseMs)
        await queues.enqueuePoll(task)
        return done()
      }
    }
  }

  /** The acceptance is written; whoever wrote it, what the row says now is told and followed. */
  async function followUp({ videoId, attempt }: TaskRow): Promise<Outcome> {
    const task = await persist(() => tasks.find(videoId))
    if (task?.status !== 'PROCESSING' || task.attempt !== attempt) return done()
    await Promise.all([
      announce(task),
      queues.enqueuePoll(task, deps.pollIntervalMs).catch((error: Error) => {
        deps.log.warn({ videoId, reason: error.message }, 'poll not enqueued; the sweep will')
      }),
    ])
    return done()
  }

  /**
   * Stands before the submission is settled: until then no probe begins but this one. The pause of the queue only
   * spares the workers asking.
   */
  function holdBack(task: TaskRow, answer: { retryAfterMs?: number | undefined }, notNow = false) {
    const retryAfterMs = atLeastAsAsked(0, answer.retryAfterMs)
    return persist(() => upstream.holdBack(task, { notNow, retryAfterMs }))
  }

  /** Best effort: while the count stands, submits go out one at a time. */
  async function upstreamWorks(task: TaskRow): Promise<void> {
    await upstream.forgetFailedSubmits(task).catch((error: Error) => {
      deps.log.warn({ reason: error.name }, 'count of failed submits not cleared')
    })
  }
}
