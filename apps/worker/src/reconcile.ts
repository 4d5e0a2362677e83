import type { AgedSubmission } from '@reelay/db/ledger-reads'
import type { TaskRow } from '@reelay/db/schema'
import type { TaskRepository } from '@reelay/db/task-repository'
import type { Transitions } from '@reelay/db/transitions'
import type { Queues } from '@reelay/queue/queues'
import type { SoraClient } from '@reelay/sora/client'
import type { Trouble } from '@reelay/sora/outcome'
import type { Video } from '@reelay/sora/video'
import type { Logger } from 'pino'
import type { Announce } from './announce.ts'
import { isMatch, type Wanted } from './match.ts'
import { atLeastAsAsked, backoff, done, type Notes, type Outcome, snooze } from './outcome.ts'
import type { Pace } from './pace.ts'
import { requestFor } from './submit.ts'

export type ReconcileDeps = {
  tasks: TaskRepository
  transitions: Transitions
  queues: Queues
  sora: SoraClient
  announce: Announce
  pace: Pace
  log: Logger
  policy: ReconcilePolicy
}

export type ReconcilePolicy = {
  /** `none`: upstream has no list to look in. */
  by: 'list' | 'none'
  /** Whether a listed video tells what it was made from. */
  sourceIsTold: boolean
  /** How long a `sending` row may still be on its way: send window, answer time and a margin. */
  sendingMs: number
  pollIntervalMs: number
  /** How long a lost answer may still turn up in the list. */
  windowMs: number
  /** When looking ends even if no look could be made. */
  deadlineMs: number
}

export type Reconcile = (task: TaskRow, attempt: number, notes: Notes) => Promise<Outcome>

const LOOKS = 4
const FIRST_GAP_MS = 2000
const LONGEST_GAP_MS = 30_000
/** A list is read back to this long before the submission began: upstream’s times are not exact. */
const SEARCH_BACK_MS = 120_000
const MOST_PAGES = 50

/** Reads: what became of a submission whose answer was lost? Never sends anything. */
export function createReconcile(deps: ReconcileDeps): Reconcile {
  const { tasks, transitions, queues, announce, policy } = deps

  return async function reconcile(task, attempt, notes) {
    const submission = await tasks.findSubmission(task.videoId, attempt)
    if (submission?.outcome !== 'sending' && submission?.outcome !== 'in_doubt') {
      if (task.status === 'QUEUED' && task.attempt === attempt) await queues.enqueueSubmit(task)
      return done()
    }
    const { ageMs } = submission
    if (submission.outcome === 'sending' && ageMs < policy.sendingMs)
      // Not the whole of it: whoever is sending may be accepted meanwhile, and this is the job that polls then.
      return snooze(Math.min(policy.sendingMs - ageMs, policy.pollIntervalMs), notes)
    if (policy.by === 'none') return giveUp(submission)
    const isLate = (await searchedForMs(task, submission)) >= policy.deadlineMs
    // A row that can't even be looked for throws each time: this is its only end.
    if (notes.errors && isLate) return giveUp(submission)

    const found = await search(task, submission)
    if (found !== undefined && 'kind' in found) {
      if (isLate) return giveUp(submission)
      if (found.limited) await deps.pace.slowDown()
      const failures = (notes.failures ?? 0) + 1
      const ms = atLeastAsAsked(backoff(failures, FIRST_GAP_MS, LONGEST_GAP_MS), found.retryAfterMs)
      return snooze(ms, { ...notes, failures })
    }
    if (found) return adopt(submission, found)

    const looks = (notes.looks ?? 0) + 1
    if (looks >= LOOKS && ageMs >= policy.windowMs) return giveUp(submission)
    return snooze(Math.min(LONGEST_GAP_MS, policy.windowMs / LOOKS, FIRST_GAP_MS * 2 ** looks), { looks })
  }

  /** An old submission is searched for anew when its task is retried. */
  async function searchedForMs(task: TaskRow, { attempt, ageMs }: AgedSubmission): Promise<number> {
    return task.attempt === attempt ? ageMs : (await deps.pace.read()).now - task.queuedAt.getTime()
  }

  /** Only a complete and successful look counts: an incomplete one could miss the very page. */
  async function search(task: TaskRow, { ageMs }: AgedSubmission): Promise<Video | Trouble | undefined> {
    const wanted = wantedFor(task, Date.now() - ageMs)
    const matches: Video[] = []
    let after: Video['id'] | undefined
    for (let pages = 0; ; pages += 1) {
      // A list that goes round and round, or has no end, is no list.
      if (pages === MOST_PAGES) return { kind: 'trouble', reason: 'the list has no end' }
      const page = await deps.sora.list(after)
      if (page.kind === 'trouble') {
        deps.log.warn({ videoId: task.videoId, reason: page.reason }, 'upstream list unavailable')
        return page
      }
      const now = Date.now()
      const skewMs = page.date === undefined ? 0 : page.date - now
      matches.push(...page.videos.filter((video) => isMatch(video, wanted, { now, skewMs })))
      const oldest = page.videos.at(-1)?.createdAt
      const isFarEnough = oldest !== undefined && oldest * 1000 - skewMs < wanted.startedAt - SEARCH_BACK_MS
      if (isFarEnough || page.next === undefined) break
      after = page.next
    }

    const known = await tasks.knownExternalIds(matches.map(({ id }) => id))
    const unowned = matches.filter(({ id }) => !known.has(id))
    return unowned.sort((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0))[0]
  }

  function wantedFor(task: TaskRow, startedAt: number): Wanted {
    const { prompt, sourceId } = requestFor(task)
    const source = policy.sourceIsTold || sourceId === undefined ? sourceId : 'any'
    return { prompt, sourceId: source, startedAt }
  }

  async function adopt(submission: AgedSubmission, video: Video): Promise<Outcome> {
    const moved = await transitions.adopt(submission, video.id)
    deps.log.warn({ videoId: submission.videoId, externalTaskId: video.id }, 'lost answer found again')
    if (!moved) return done()
    await announce(moved)
    return snooze(0)
  }

  async function giveUp(submission: AgedSubmission): Promise<Outcome> {
    const moved = await transitions.giveUp(submission, {
      errorCode: 'submission_unknown',
      errorMessage: 'upstream never answered, and whether the video was made is not known',
    })
    if (moved) await announce(moved)
    return done()
  }
}
