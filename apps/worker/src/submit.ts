import { randomUUID } from 'node:crypto'
import type { SubmitNotes } from '@reelay/contracts/jobs'
import type { Begun, Ledger, Permits, Run, Turn } from '@reelay/db/ledger'
import type { TaskRow } from '@reelay/db/schema'
import { isOpen } from '@reelay/db/submission-outcome'
import type { TaskFailure } from '@reelay/db/task-columns'
import type { Tasks } from '@reelay/db/tasks'
import type { Queues } from '@reelay/queue/queues'
import type { Announce } from '@reelay/relay/announce'
import type { ListTells, SubmitRequest, UpstreamClient } from '@reelay/upstream/client'
import { isImported } from './decide.ts'
import { backoff, done, type Outcome, pause, type Step, type StepRun, snooze } from './outcome.ts'
import type { PollThrottle } from './poll-throttle.ts'
import { PERMIT_WAIT_MS, type Settle } from './settle.ts'
import { twinKey } from './twin-key.ts'

export type SubmitDeps = {
  tasks: Tasks
  ledger: Ledger
  queues: Queues
  upstream: UpstreamClient
  announce: Announce
  findEarlierVideo: (task: TaskRow, notes: SubmitNotes) => Promise<Outcome<SubmitNotes> | undefined>
  settle: Settle
  throttle: PollThrottle
  permits: Permits
  deadlineMs: number
  /** What upstream's list tells of a video; undefined without a list. */
  tells?: ListTells | undefined
}

const TWIN_WAIT_MS = 2000
const TWIN_MAX_MS = 30_000
const SIZE = /^\d{2,4}x\d{2,4}$/
const SECONDS = /^[1-9]\d{0,2}$/

/** Pays: gets one attempt of a QUEUED task made upstream, at most once. */
export function createSubmit(deps: SubmitDeps): Step<SubmitNotes> {
  const { tasks, ledger, queues } = deps

  return async function submit({ videoId, attempt }, run) {
    const task = await tasks.find(videoId)
    if (task?.status !== 'QUEUED' || task.attempt !== attempt) return done()

    const submission = await ledger.findSubmission(videoId, attempt)
    if (submission && isOpen(submission)) {
      await queues.enqueuePoll(task)
      return done()
    }
    const { now } = await deps.throttle.read()
    if (now - task.queuedAt.getTime() >= deps.deadlineMs) {
      return end(task, { errorCode: 'timeout', errorMessage: 'upstream did not take the task in time' }, deps)
    }
    // Only a job whose notes were lost with Redis comes before its time.
    if (submission?.outcome === 'not_sent' && submission.waitsMs > 0)
      return snooze(submission.waitsMs, run.notes)
    const earlier = attempt > 1 ? await deps.findEarlierVideo(task, run.notes) : undefined
    if (earlier) return earlier
    if (!isImported(task)) return send(task, run, deps)
    return end(
      task,
      {
        errorCode: 'upstream_lost',
        errorMessage: 'upstream no longer has the imported video, and an import is never paid for',
      },
      deps,
    )
  }
}

async function end(
  task: TaskRow,
  failure: TaskFailure,
  { ledger, announce }: SubmitDeps,
): Promise<Outcome<SubmitNotes>> {
  const moved = await ledger.failUnsent(task, failure)
  if (moved) await announce(moved)
  return done()
}

async function send(
  task: TaskRow,
  { notes, signal }: StepRun<SubmitNotes>,
  deps: SubmitDeps,
): Promise<Outcome<SubmitNotes>> {
  const { ledger, upstream, permits } = deps
  const request = requestFor(task)
  const run: Run = {
    runId: randomUUID(),
    twinKey: twinKey({ prompt: request.prompt, sourceId: request.source?.id }, deps.tells),
  }
  if (await ledger.hasOpenTwin(run.twinKey)) return waitForTwin(notes)
  const turn = await ledger.turnOf(task, permits)
  if (turn !== 'free') return waitForTurn(turn, notes)

  let begun: Begun | undefined
  const outcome = await upstream.submit(request, {
    record: async () => {
      begun = await ledger.beginSubmission(task, run, permits)
      return begun === 'begun'
    },
    maySend: () => !signal.aborted,
  })
  if (begun === 'not_queued') return done()
  if (begun === 'twin_in_flight') return waitForTwin(notes)
  if (begun === 'no_permit' || begun === 'not_its_turn') return waitForTurn(begun, notes)
  return deps.settle(task, run, outcome, notes)
}

/** Nobody is sent without a permit; who only lets others go first must not stop them. */
function waitForTurn(turn: Exclude<Turn, 'free'>, notes: SubmitNotes): Outcome<SubmitNotes> {
  return turn === 'no_permit' ? pause(PERMIT_WAIT_MS) : snooze(PERMIT_WAIT_MS, notes)
}

function waitForTwin(notes: SubmitNotes): Outcome<SubmitNotes> {
  const waits = (notes.waits ?? 0) + 1
  return snooze(backoff(waits - 1, TWIN_WAIT_MS, TWIN_MAX_MS), { ...notes, waits })
}

/** What upstream said of an earlier attempt may be a word that it doesn't take. */
function inOurWay(text: string | null, way: RegExp): string | null {
  return text !== null && way.test(text) ? text : null
}

/** What upstream is asked for on behalf of a task. Throws for a remix whose source is not known. */
export function requestFor(task: TaskRow): SubmitRequest {
  const { prompt, metadata } = task
  const { model, size, seconds } = task.asked ?? task
  const sourceId = metadata.remix_from_external
  const isRemix = metadata.type === 'remix' || sourceId !== undefined
  if (isRemix && typeof sourceId !== 'string') throw new Error('the remix has no source')
  return {
    prompt,
    model,
    size: inOurWay(size, SIZE),
    seconds: inOurWay(seconds, SECONDS),
    ...(sourceId !== undefined && { source: { id: sourceId } }),
  }
}
