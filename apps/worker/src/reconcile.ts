import { upstreamOf } from '@reelay/contracts/credential'
import type { ReconcileNotes } from '@reelay/contracts/jobs'
import type { Ledger } from '@reelay/db/ledger'
import type { AgedSubmission } from '@reelay/db/ledger/reads'
import type { TaskRow } from '@reelay/db/schema'
import { isOpen } from '@reelay/db/submission-outcome'
import type { Tasks } from '@reelay/db/tasks'
import type { Queues } from '@reelay/queue/queues'
import type { Announce } from '@reelay/relay/announce'
import { enqueuePoll, enqueueSubmit } from '@reelay/relay/enqueue'
import { mayLackSource, rivalOf } from '@reelay/relay/twin-key'
import type { Reads } from '@reelay/upstream/client'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { Video } from '@reelay/upstream/video/video'
import type { Logger } from 'pino'
import { toldBy } from './decide.ts'
import type { LostSubmission } from './match.ts'
import { atLeastAsAsked, backoff, done, type Outcome, type Step, snooze } from './outcome.ts'
import type { PollThrottle } from './poll-throttle.ts'
import { goneUpstream } from './retrieve-video.ts'
import { createListSearch, type NotFound } from './search-list.ts'
import { requestFor } from './submit.ts'

export type ReconcileDeps = {
  tasks: Pick<Tasks, 'find' | 'queuePositions'>
  ledger: Ledger
  queues: Queues
  upstreams: Pick<Upstreams, 'clientOf'>
  announce: Announce
  throttle: PollThrottle
  log: Logger
  policy: ReconcilePolicy
}

/**
 * A `sending` row may still be on its way for `sendingMs`: send window, answer time and a margin. At `deadlineMs` the
 * search ends, even if the list was never read.
 */
export type ReconcilePolicy = {
  sendingMs: number
  pollIntervalMs: number
  windowMs: number
  deadlineMs: number
}

const LOOKS = 4
const FIRST_GAP_MS = 2000
const LONGEST_GAP_MS = 30_000

/** Reads: what became of a submission whose answer was lost? Never sends anything. */
export function createReconcile(deps: ReconcileDeps): Step<ReconcileNotes> {
  const { tasks, ledger, policy } = deps
  const search = createListSearch(deps)

  return async function reconcile({ videoId, attempt }, { notes }) {
    const task = await tasks.find(videoId)
    if (!task) return done()
    const submission = await ledger.findSubmission(videoId, attempt)
    if (!submission || !isOpen(submission)) {
      if (task.status === 'QUEUED' && task.attempt === attempt) await enqueueSubmit(task, deps)
      return done()
    }
    const { ageMs } = submission
    if (submission.outcome === 'sending' && ageMs < policy.sendingMs)
      // Not the whole of it: it may be in doubt before, and to add this job again does nothing.
      return snooze(Math.min(policy.sendingMs - ageMs, policy.pollIntervalMs), notes)
    const upstream = deps.upstreams.clientOf(submission.credential)
    if (upstream && !upstream.reads.list) return giveUp(submission, deps)
    const isLate = (await searchedForMs(task, submission, deps)) >= policy.deadlineMs
    // A row that can't even be searched for throws each time: this is its only end.
    if (notes.errors && isLate) return giveUp(submission, deps)

    const list = upstream?.reads.list
    const found = list
      ? await search(wantedFor(task, submission, list), submission, upstream)
      : goneUpstream(submission.credential)
    if (found !== undefined && 'kind' in found)
      return isLate ? giveUp(submission, deps) : afterTrouble(submission, found, notes, deps)
    if (found) return adopt(submission, found, deps)

    const looks = (notes.looks ?? 0) + 1
    if (looks >= LOOKS && ageMs >= policy.windowMs) return giveUp(submission, deps)
    return snooze(Math.min(LONGEST_GAP_MS, policy.windowMs / LOOKS, FIRST_GAP_MS * 2 ** looks), { looks })
  }
}

/** An old submission is searched for anew when its task is retried. */
async function searchedForMs(
  task: TaskRow,
  { attempt, ageMs }: AgedSubmission,
  deps: ReconcileDeps,
): Promise<number> {
  return task.attempt === attempt ? ageMs : (await deps.throttle.read()).now - task.queuedAt.getTime()
}

async function afterTrouble(
  submission: AgedSubmission,
  found: NotFound,
  notes: ReconcileNotes,
  deps: ReconcileDeps,
): Promise<Outcome<ReconcileNotes>> {
  deps.log.warn({ videoId: submission.videoId, reason: found.reason }, 'upstream list unavailable')
  const { denials = 0, ...kept } = notes
  const denied = found.noRoute ? denials + 1 : 0
  if (denied >= LOOKS && submission.ageMs >= deps.policy.windowMs) return giveUp(submission, deps)
  if (found.limited) await deps.throttle.slowDown(submission.credential)
  const failures = (notes.failures ?? 0) + 1
  const ms = atLeastAsAsked(backoff(failures, FIRST_GAP_MS, LONGEST_GAP_MS), found.retryAfterMs)
  return snooze(ms, { ...kept, failures, ...(denied > 0 && { denials: denied }) })
}

function wantedFor(
  task: TaskRow,
  { ageMs, credential }: AgedSubmission,
  { tells, idsVary }: NonNullable<Reads['list']>,
): LostSubmission {
  const { prompt, source } = requestFor(task)
  const sourceId = tells.source || source === undefined ? source?.id : 'any'
  const sent = { upstream: upstreamOf(credential), kind: source?.kind, sourceId: source?.id, prompt }
  return {
    ...{ prompt, sourceId, startedAt: Date.now() - ageMs, mustBeAlone: !tells.prompt || idsVary, idsVary },
    ...{ mayLackSource: mayLackSource(sent, tells), rival: rivalOf(sent, tells) },
  }
}

async function adopt(
  submission: AgedSubmission,
  video: Video,
  deps: ReconcileDeps,
): Promise<Outcome<ReconcileNotes>> {
  const moved = await deps.ledger.adopt(submission, video.id, toldBy(video))
  deps.log.warn({ videoId: submission.videoId, externalTaskId: video.id }, 'lost answer found again')
  if (moved) await Promise.all([deps.announce(moved), enqueuePoll(moved, deps, deps.policy.pollIntervalMs)])
  return done()
}

async function giveUp(
  submission: AgedSubmission,
  { ledger, announce }: ReconcileDeps,
): Promise<Outcome<ReconcileNotes>> {
  const moved = await ledger.giveUp(submission, {
    errorCode: 'submission_unknown',
    errorMessage: 'upstream never answered, and whether the video was made is not known',
  })
  if (moved) await announce(moved)
  return done()
}
