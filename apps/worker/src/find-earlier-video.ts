import type { SubmitNotes } from '@reelay/contracts/jobs'
import { laneOf } from '@reelay/contracts/lanes'
import type { Ledger } from '@reelay/db/ledger'
import type { AgedSubmission } from '@reelay/db/ledger/reads'
import type { TaskRow } from '@reelay/db/schema'
import { isOpen } from '@reelay/db/submission-outcome'
import { isProcessing } from '@reelay/db/tasks/lanes'
import type { Queues } from '@reelay/queue/queues'
import type { Announce } from '@reelay/relay/announce'
import { lastUnknown, submissionToFind } from '@reelay/relay/earlier-submissions'
import type { Reads } from '@reelay/upstream/client'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { Logger } from 'pino'
import { afterEmpty, afterMiss, toldBy } from './decide.ts'
import { atLeastAsAsked, backoff, done, type Outcome, snooze } from './outcome.ts'
import type { PollThrottle } from './poll-throttle.ts'
import { readsOf, retrieveVideo } from './retrieve-video.ts'

export type FindEarlierVideoDeps = {
  ledger: Ledger
  queues: Queues
  upstreams: Pick<Upstreams, 'clientOf'>
  announce: Announce
  throttle: PollThrottle
  log: Logger
  /** How long after it began a lost submission may still turn up upstream. */
  lostAfterMs: number
}

const WAIT_MS = 1000
const WAIT_MAX_MS = 30_000

/**
 * What was already paid? Asked before a further attempt pays: an open submission is waited for, one that was
 * given up is searched for once more, and a video that upstream has not failed is followed on. `undefined`
 * means that nothing is left, so that paying is right.
 */
export function createFindEarlierVideo(deps: FindEarlierVideoDeps) {
  const { ledger } = deps

  return async function findEarlierVideo(
    task: TaskRow,
    notes: SubmitNotes,
  ): Promise<Outcome<SubmitNotes> | undefined> {
    const earlier = await ledger.earlierSubmissions(task.videoId, task.attempt)
    const lost = submissionToFind(task, earlier)
    if (lost) {
      if (!isOpen(lost)) await ledger.reopen(lost)
      return waitForSubmission(lost, notes, deps)
    }
    return (await resume(task, earlier, notes, deps)) ?? stopUnlessForced(task, earlier, notes, deps)
  }
}

/** A reconcile job finds out what became of the submission. */
async function waitForSubmission(
  submission: AgedSubmission,
  notes: SubmitNotes,
  { queues }: FindEarlierVideoDeps,
): Promise<Outcome<SubmitNotes>> {
  await queues.enqueueReconcile(submission)
  const waits = (notes.waits ?? 0) + 1
  return snooze(backoff(waits, WAIT_MS, WAIT_MAX_MS), { ...notes, waits })
}

async function resume(
  task: TaskRow,
  earlier: AgedSubmission[],
  notes: SubmitNotes,
  deps: FindEarlierVideoDeps,
): Promise<Outcome<SubmitNotes> | undefined> {
  const { ledger, queues, upstreams, announce } = deps
  for (const { attempt, externalId, credential } of earlier) {
    if (externalId === null || attempt >= (notes.lostFrom ?? Number.POSITIVE_INFINITY)) continue
    const made = { externalId, credential }
    const reads = readsOf(credential, upstreams)
    const observation = await retrieveVideo(made, upstreams)
    if (observation.kind === 'trouble') {
      const failures = (notes.failures ?? 0) + 1
      deps.log.warn({ videoId: task.videoId, reason: observation.reason }, 'upstream unavailable')
      if (observation.limited) await deps.throttle.slowDown(credential)
      const ms = atLeastAsAsked(waitMs(failures, reads), observation.retryAfterMs)
      const { misses: _, missingSince: __, ...kept } = notes
      return snooze(ms, { ...kept, failures })
    }
    if (observation.kind === 'missing') {
      const { now } = await deps.throttle.read()
      const missed = afterMiss(notes, now, reads.missing)
      if (missed === 'lost') return snooze(0, { lostFrom: attempt })
      return snooze(WAIT_MAX_MS, { ...notes, ...missed })
    }
    if (observation.kind === 'empty') {
      const empty = afterEmpty(notes)
      if (empty === 'no_content') return snooze(0, { lostFrom: attempt })
      const { misses: _, missingSince: __, ...kept } = notes
      return snooze(waitMs(empty.empties, reads), { ...kept, ...empty })
    }
    if (observation.video.status === 'failed' || observation.video.status === 'cancelled') continue

    const moved = await ledger.resume(task, made, toldBy(observation.video))
    if (!moved) return done()
    await announce(moved)
    if (isProcessing(moved)) await queues.enqueuePoll(laneOf(moved))
    return done()
  }
  return undefined
}

function waitMs(failures: number, { pollFloorMs }: Reads): number {
  return Math.max(pollFloorMs, backoff(failures, WAIT_MS, WAIT_MAX_MS))
}

/** What may have been made unseen is paid for again only at its owner's word, and not while it may turn up. */
async function stopUnlessForced(
  task: TaskRow,
  earlier: AgedSubmission[],
  notes: SubmitNotes,
  { ledger, announce, lostAfterMs }: FindEarlierVideoDeps,
): Promise<Outcome<SubmitNotes> | undefined> {
  const last = lastUnknown(earlier)
  if (!last) return undefined
  if (!task.force) {
    const moved = await ledger.failUnsent(task, {
      errorCode: 'submission_unknown',
      errorMessage: 'whether an earlier attempt was made is still not known; only a forced retry pays again',
    })
    if (moved) await announce(moved)
    return done()
  }
  return last.ageMs < lostAfterMs ? snooze(lostAfterMs - last.ageMs, notes) : undefined
}
