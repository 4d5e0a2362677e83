import type { Run } from '@reelay/db/ledger'
import type { TaskRow } from '@reelay/db/schema'
import type { TaskRepository } from '@reelay/db/task-repository'
import type { Transitions } from '@reelay/db/transitions'
import type { UpstreamState } from '@reelay/db/upstream-state'
import type { Queues } from '@reelay/queue/queues'
import type { SubmitOutcome } from '@reelay/sora/outcome'
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

/** How soon a permit that was given back is found. A pause of no more than this is nobody's failure. */
export const PERMIT_WAIT_MS = 1000

const NOT_SENT_MS = 1000
const NOT_SENT_MAX_MS = 30_000
const PAUSE_MS = 5000
const PAUSE_MAX_MS = 60_000
/**
 * From so many failures in a row on, submits go out one at a time. Each 5xx leaves a task in doubt, so few are
 * spent on finding out that upstream is down; "not now" says it at once.
 */
const BREAKS_AFTER = 3

export function createSettle(deps: SettleDeps): Settle {
  const { tasks, transitions, upstream, queues, announce } = deps
  return async function settle(task, run, outcome, notes) {
    const log = deps.log.child({ videoId: task.videoId, attempt: task.attempt })
    switch (outcome.kind) {
      case 'created': {
        await persist(() => transitions.accept(task, outcome.video.id))
        await upstreamWorks()
        return followUp(task)
      }
      case 'refused': {
        const { errorCode, upstreamCode, message: errorMessage } = outcome
        const moved = await persist(() => transitions.refuse(task, { errorCode, upstreamCode, errorMessage }))
        if (moved) await announce(moved)
        await upstreamWorks()
        return done()
      }
      case 'not_now': {
        await persist(() => transitions.markNotSent(task, run))
        const { reason, retryAfterMs } = outcome
        log[reason === 'rate_limited' ? 'warn' : 'error'](
          { reason, retryAfterMs },
          'upstream takes nothing now',
        )
        return pause(await holdBack(retryAfterMs, BREAKS_AFTER))
      }
      case 'not_sent': {
        if (outcome.recorded) await persist(() => transitions.markNotSent(task, run))
        log.warn({ reason: outcome.reason }, 'submission not sent')
        const failures = (notes.failures ?? 0) + 1
        return snooze(backoff(failures - 1, NOT_SENT_MS, NOT_SENT_MAX_MS), { ...notes, failures })
      }
      case 'in_doubt': {
        await persist(() => transitions.markInDoubt(task, run))
        log.warn({ reason: outcome.reason }, 'submission in doubt')
        if (outcome.serverError) {
          const pauseMs = await holdBack(outcome.retryAfterMs, 1)
          if (pauseMs > 0) await queues.pause('submit', pauseMs)
        }
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
   * For how long submits are held back after one more failure, which makes `least` in a row or more. What was
   * under way when a pause began can only lengthen it: ten answers to one bad moment are one failure.
   */
  async function holdBack(retryAfterMs: number | undefined, least: number): Promise<number> {
    if ((await queues.pausedForMs('submit')) > PERMIT_WAIT_MS) return atLeastAsAsked(0, retryAfterMs)
    const failed = await upstream.countFailedSubmit(least)
    if (failed < BREAKS_AFTER) return 0
    const ms = atLeastAsAsked(
      retryAfterMs ? 0 : backoff(failed - BREAKS_AFTER, PAUSE_MS, PAUSE_MAX_MS),
      retryAfterMs,
    )
    deps.log.warn({ failed, pauseMs: ms }, 'submits are paused')
    return ms
  }

  /** Best effort: while the count stands, submits go out one at a time. */
  async function upstreamWorks(): Promise<void> {
    await upstream.forgetFailedSubmits().catch((error: Error) => {
      deps.log.warn({ reason: error.name }, 'count of failed submits not cleared')
    })
  }
}
