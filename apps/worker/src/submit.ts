import { randomUUID } from 'node:crypto'
import type { Begun, Run } from '@reelay/db/ledger'
import type { TaskRow } from '@reelay/db/schema'
import type { TaskRepository } from '@reelay/db/task-repository'
import type { Transitions } from '@reelay/db/transitions'
import type { Queues } from '@reelay/queue/queues'
import type { SoraClient, SubmitRequest } from '@reelay/sora/client'
import type { SubmitOutcome } from '@reelay/sora/outcome'
import type { Logger } from 'pino'
import type { Announce } from './announce.ts'
import { backoff, done, type Outcome, pause, type Step, type StepRun, snooze } from './outcome.ts'
import { persist } from './persist.ts'
import { twinKey } from './twin-key.ts'

export type SubmitDeps = {
  tasks: TaskRepository
  transitions: Transitions
  queues: Queues
  sora: SoraClient
  announce: Announce
  log: Logger
  pollIntervalMs: number
  deadlineMs: number
  /** False where upstream's list doesn't tell what a video was made from (edits). */
  sourceIsTold: boolean
}

const TWIN_WAIT_MS = 2000
const TWIN_MAX_MS = 30_000
const NOT_SENT_MAX_MS = 30_000
const NOT_NOW_MS = 5000
const NOT_NOW_MAX_MS = 60_000
const LONGEST_PAUSE_MS = 600_000

/** Pays: gets one attempt of a QUEUED task made upstream, at most once. */
export function createSubmit(deps: SubmitDeps): Step {
  const { tasks, transitions, queues, sora, announce } = deps
  /** How often in a row upstream said not now to this process, whatever the task. */
  let notNow = 0

  return async function submit({ videoId, attempt }, run) {
    const task = await tasks.find(videoId)
    if (task?.status !== 'QUEUED' || task.attempt !== attempt) return done()

    const submission = await tasks.findSubmission(videoId, attempt)
    if (submission?.outcome === 'sending' || submission?.outcome === 'in_doubt') {
      await queues.enqueuePoll(task)
      return done()
    }
    if (isPastDeadline(task, deps.deadlineMs)) {
      const moved = await transitions.expireQueued(task, {
        errorCode: 'timeout',
        errorMessage: 'upstream did not take the task in time',
      })
      if (moved) await announce(moved)
      return done()
    }
    return send(task, run)
  }

  async function send(task: TaskRow, { notes, signal }: StepRun): Promise<Outcome> {
    const request = requestFor(task)
    const run: Run = {
      runId: randomUUID(),
      twinKey: twinKey(deps.sourceIsTold ? request : { prompt: request.prompt }),
    }
    if (await tasks.hasOpenTwin(run.twinKey)) return waitForTwin(notes)
    let begun: Begun | undefined
    const outcome = await sora.submit(request, {
      record: async () => {
        begun = await transitions.beginSubmission(task, run)
        return begun === 'begun'
      },
      maySend: () => !signal.aborted,
    })
    if (begun === 'not_queued') return done()
    if (begun === 'twin_in_flight') return waitForTwin(notes)
    return settle(task, run, outcome, notes.failures ?? 0)
  }

  async function settle(task: TaskRow, run: Run, outcome: SubmitOutcome, failures: number): Promise<Outcome> {
    const log = deps.log.child({ videoId: task.videoId, attempt: task.attempt })
    notNow = outcome.kind === 'not_now' ? notNow + 1 : 0
    switch (outcome.kind) {
      case 'created': {
        await persist(() => transitions.accept(task, outcome.video.id))
        return followUp(task)
      }
      case 'refused': {
        const { errorCode, upstreamCode, message: errorMessage } = outcome
        const moved = await persist(() => transitions.refuse(task, { errorCode, upstreamCode, errorMessage }))
        if (moved) await announce(moved)
        return done()
      }
      case 'not_now': {
        await persist(() => transitions.markNotSent(task, run))
        const level = outcome.reason === 'rate_limited' ? 'warn' : 'error'
        log[level](
          { reason: outcome.reason, retryAfterMs: outcome.retryAfterMs },
          'upstream takes nothing now',
        )
        return pause(
          Math.min(outcome.retryAfterMs || backoff(notNow, NOT_NOW_MS, NOT_NOW_MAX_MS), LONGEST_PAUSE_MS),
        )
      }
      case 'not_sent': {
        if (outcome.recorded) await persist(() => transitions.markNotSent(task, run))
        log.warn({ reason: outcome.reason }, 'submission not sent')
        return snooze(backoff(failures, 1000, NOT_SENT_MAX_MS), { failures: failures + 1 })
      }
      case 'in_doubt': {
        await persist(() => transitions.markInDoubt(task, run))
        log.warn({ reason: outcome.reason }, 'submission in doubt')
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
}

function waitForTwin({ waits = 0 }: StepRun['notes']): Outcome {
  return snooze(backoff(waits, TWIN_WAIT_MS, TWIN_MAX_MS), { waits: waits + 1 })
}

/** What upstream is asked for on behalf of a task. */
export function requestFor(task: TaskRow): SubmitRequest {
  const { prompt, model, size, seconds, metadata } = task
  return { prompt, model, size, seconds, sourceId: metadata.remix_from_external }
}

function isPastDeadline({ queuedAt }: TaskRow, deadlineMs: number): boolean {
  return Date.now() - queuedAt.getTime() >= deadlineMs
}
