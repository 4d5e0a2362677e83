import { randomUUID } from 'node:crypto'
import type { CredentialId } from '@reelay/contracts/credential'
import type { SubmitNotes } from '@reelay/contracts/jobs'
import type { Begun, Candidate, Choice, Ledger, Run, SendingTime } from '@reelay/db/ledger'
import type { TaskRow } from '@reelay/db/schema'
import { isOpen } from '@reelay/db/submission-outcome'
import type { TaskFailure } from '@reelay/db/task-columns'
import type { Tasks } from '@reelay/db/tasks'
import type { MediaStore } from '@reelay/media/store'
import type { Queues } from '@reelay/queue/queues'
import type { Announce } from '@reelay/relay/announce'
import { areAll, candidatesOf, requestTo } from '@reelay/relay/routing'
import { sourceIn } from '@reelay/relay/source-in'
import { twinsOf } from '@reelay/relay/twin-key'
import type { SubmitRequest, UpstreamClient } from '@reelay/upstream/client'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { Logger } from 'pino'
import { isImported } from './decide.ts'
import { backoff, done, type Outcome, pause, type Step, type StepRun, snooze } from './outcome.ts'
import { pictureOf } from './picture-of.ts'
import type { PollThrottle } from './poll-throttle.ts'
import { PERMIT_WAIT_MS, type Settle } from './settle.ts'
import { withClip } from './source-of.ts'
import { createStoredFiles, type FileTrouble, type StoredFiles } from './stored-files.ts'

export type SubmitDeps = {
  tasks: Tasks
  ledger: Ledger
  queues: Queues
  upstreams: Upstreams
  store: Pick<MediaStore, 'open'>
  announce: Announce
  findEarlierVideo: (task: TaskRow, notes: SubmitNotes) => Promise<Outcome<SubmitNotes> | undefined>
  settle: Settle
  throttle: PollThrottle
  sending: SendingTime
  deadlineMs: number
  log: Logger
}

const NOBODY_WAIT_MS = 30_000
const TWIN_WAIT_MS = 2000
const TWIN_MAX_MS = 30_000
const LONGEST_PERMIT_WAIT_MS = 5000
const STORE_AWAY_MS = 1000
const STORE_AWAY_MAX_MS = 30_000
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
      await queues.enqueueReconcile(task)
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
  run: StepRun<SubmitNotes>,
  deps: SubmitDeps,
): Promise<Outcome<SubmitNotes>> {
  const candidates = candidatesOf(task, deps.upstreams)
  const choice = candidates.length > 0 && (await deps.ledger.chooseCredential(task, candidates, deps.sending))
  const upstream = choice && deps.upstreams.clientOf(choice.credential)
  if (!choice || !upstream) {
    const { videoId, attempt } = task
    deps.log.error({ videoId, attempt }, 'no upstream is configured that could make this')
    return snooze(NOBODY_WAIT_MS, run.notes)
  }
  if (choice.turn !== 'free') return waitForTurn(choice, candidates, run.notes, deps)
  return sendWith(upstream, task, { run, choice, candidates }, deps)
}

async function sendWith(
  upstream: UpstreamClient,
  task: TaskRow,
  {
    run: { notes, signal },
    choice,
    candidates,
  }: { run: StepRun<SubmitNotes>; choice: Choice; candidates: Candidate[] },
  deps: SubmitDeps,
): Promise<Outcome<SubmitNotes>> {
  const { ledger, sending } = deps
  const { credential } = choice
  const files = createStoredFiles(deps.store)
  const request = await requestWith(credential, task, files, deps)
  if (!request) return end(task, lostFile('the clip of the source'), deps)
  const { twinKey, rival } = twinsOf(request, credential, upstream.reads.list?.tells)
  const run: Run = { runId: randomUUID(), credential, kind: request.source?.kind, twinKey }
  if (await ledger.hasOpenTwin(twinKey, rival)) return waitForTwin(notes)

  let begun: Begun | undefined
  const outcome = await upstream.submit(request, {
    record: async () => {
      const limits = candidates.find(({ id }) => id === credential)
      begun = await ledger.beginSubmission(task, run, { ...limits, ...sending })
      return begun === 'begun'
    },
    maySend: () => !signal.aborted,
  })
  if (begun === 'not_queued') return done()
  if (begun === 'twin_in_flight') return waitForTwin(notes)
  if (begun !== undefined && begun !== 'begun')
    return waitForTurn({ credential, turn: begun, waitMs: 0 }, candidates, notes, deps)
  const trouble = files.trouble()
  if (begun === undefined && trouble) return afterTrouble(task, trouble, notes, deps)
  return deps.settle(task, run, outcome, { notes, candidates })
}

/** Undefined where upstream can make it from the clip of the source only, and that is not in our store. */
async function requestWith(
  credential: CredentialId,
  task: TaskRow,
  files: StoredFiles,
  { tasks, upstreams }: SubmitDeps,
): Promise<SubmitRequest | undefined> {
  const asked = { ...requestFor(task), picture: pictureOf(task, files) }
  const dialect = upstreams.registry.upstreamOf(credential)?.dialect
  if (!asked.source || !dialect) return requestTo(credential, asked, upstreams)
  const source = await withClip(asked.source, task, { dialect, files, tasks })
  return source && requestTo(credential, { ...asked, source }, upstreams)
}

/** Nothing was sent: what is gone ends the task, and a store that is away is waited for. */
async function afterTrouble(
  task: TaskRow,
  { what, isGone, reason }: FileTrouble,
  notes: SubmitNotes,
  deps: SubmitDeps,
): Promise<Outcome<SubmitNotes>> {
  const { videoId, attempt } = task
  if (isGone) return end(task, lostFile(what), deps)
  deps.log.warn({ videoId, attempt, reason }, 'media store unavailable')
  const failures = (notes.failures ?? 0) + 1
  return snooze(backoff(failures - 1, STORE_AWAY_MS, STORE_AWAY_MAX_MS), { ...notes, failures })
}

function lostFile(what: string): TaskFailure {
  return { errorCode: 'upstream_lost', errorMessage: `${what} is no longer in our store` }
}

/**
 * Where no credential is free nobody is sent, and all keep their places. Who waits for some of them, or only lets others
 * go first, must not stop those.
 */
function waitForTurn(
  { turn, waitMs }: Choice,
  candidates: Candidate[],
  notes: SubmitNotes,
  { upstreams }: SubmitDeps,
): Outcome<SubmitNotes> {
  if (turn !== 'not_its_turn' && areAll(candidates, upstreams)) return pause(PERMIT_WAIT_MS)
  const waits = turn === 'no_permit' ? (notes.waits ?? 0) + 1 : 0
  const untold = backoff(waits, PERMIT_WAIT_MS / 2, LONGEST_PERMIT_WAIT_MS)
  return snooze(Math.max(waitMs, PERMIT_WAIT_MS) + untold, { ...notes, waits })
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
  const source = sourceIn(metadata)
  return {
    prompt,
    model,
    size: inOurWay(size, SIZE),
    seconds: inOurWay(seconds, SECONDS),
    ...(source && { source }),
  }
}
