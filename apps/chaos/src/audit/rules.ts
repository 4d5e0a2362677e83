import { isTerminal, mayMove } from '@reelay/contracts/lifecycle'
import type { BilledJob, Evidence } from './evidence.ts'
import type { Change } from './history.ts'

/** What an invariant finds broken, one line for each. */
export type Rule = (evidence: Evidence) => string[]

/** Every accepted request is one row, and every row has ended. */
export const nothingLost: Rule = ({ rows, wishes }) => {
  const byId = new Map(rows.map((row) => [row.videoId as string, row]))
  const lost = wishes.filter(({ videoId }) => videoId && !byId.has(videoId))
  const unfinished = rows.filter(({ status }) => !isTerminal(status))
  return [
    ...lost.map(({ key, videoId }) => `${key} was accepted as ${videoId}, which is gone`),
    ...unfinished.map(({ videoId, status }) => `${videoId} is still ${status}`),
    ...(rows.length === wishes.length ? [] : [`${wishes.length} requests became ${rows.length} tasks`]),
  ]
}

/** Upstream's bill: one job a task, one more for each that upstream failed and we tried again. */
export const paidOnce: Rule = ({ rows, history, jobs }) => {
  const billed = Map.groupBy(jobs, ({ prompt }) => prompt)
  return [...Map.groupBy(rows, ({ prompt }) => prompt)].flatMap(([prompt, tasks]) => {
    const paid = countJobs(billed.get(prompt))
    const failures = tasks.map(({ videoId }) => upstreamFailures(history.get(videoId) ?? []))
    const most = failures.reduce((sum, each) => sum + each, tasks.length)
    const least = tasks.filter(({ status }) => status === 'COMPLETED').length
    const names = tasks.map(({ videoId }) => videoId).join(', ')
    if (paid > most) return [`${names} paid ${paid} times, ${most} allowed`]
    return paid < least ? [`${names}: ${least} completed, ${paid} paid`] : []
  })
}

/** For an hour and longer, which is never here. */
const neverListed = /\[fault:list_late=\d{7,}\]/

/** What upstream made and can be found in its list is not given up as unknown; an earlier attempt's is known. */
export const madeIsFound: Rule = ({ rows, ledger, bills }) => {
  const known = new Set(ledger.map(({ externalId }) => externalId as string | null))
  const findable = bills.filter(({ canFind }) => canFind).flatMap(({ jobs }) => jobs)
  const unowned = new Set(
    findable.filter(({ ids }) => ids.some((id) => !known.has(id))).map(({ prompt }) => prompt),
  )
  const unknown = rows.filter(({ errorCode }) => errorCode === 'submission_unknown')
  const unfound = unknown.filter(({ prompt }) => unowned.has(prompt) && !neverListed.test(prompt))
  return unfound.map(({ videoId }) => `${videoId} was made, and ended as unknown`)
}

export function countJobs(jobs: BilledJob[] = []): number {
  return jobs.reduce((sum, { count }) => sum + count, 0)
}

/** Attempts that came after a video which upstream had made and failed, by itself or at its owner's word. */
function upstreamFailures(changes: Change[]): number {
  return changes.filter((change, i) => {
    const before = changes[i - 1]
    if (change.status !== 'QUEUED' || !before) return false
    return before.status === 'PROCESSING' || (before.status === 'FAILED' && before.externalTaskId !== null)
  }).length
}

/** Only allowed moves, each a version more; progress never falls within an attempt. What has ended keeps its end. */
export const movesInOrder: Rule = ({ history }) =>
  [...history.values()].flatMap((changes) =>
    changes.slice(1).flatMap((change, i) => {
      const trouble = troubleBetween(changes[i] as Change, change)
      return trouble ? [`${change.videoId} version ${change.version}: ${trouble}`] : []
    }),
  )

function troubleBetween(before: Change, after: Change): string | undefined {
  const isRetry = after.status === 'QUEUED'
  if (after.version !== before.version + 1) return `followed version ${before.version}`
  if (after.status !== before.status && !mayMove(before.status, after.status)) {
    return `${before.status} became ${after.status}`
  }
  if (isTerminal(before.status) && !isRetry && !wasArchived(before, after))
    return `changed after it was ${before.status}`
  if (after.attempt !== before.attempt + (isRetry ? 1 : 0)) return `attempt ${after.attempt}`
  if (!isRetry && after.progress < before.progress) return `progress ${before.progress} → ${after.progress}`
  return undefined
}

/** The one change of a completed task that is no retry: what became of its clip. Here nobody removes any. */
function wasArchived(before: Change, after: Change): boolean {
  return before.archive === 'pending' && (after.archive === 'done' || after.archive === 'lost')
}

/** A video belongs to one task, the one that asked for it, and is on the bill. */
export const videosOwnedOnce: Rule = ({ rows, ledger, jobs }) => {
  const billed = new Map(jobs.flatMap((job) => job.ids.map((id) => [id, job])))
  const held = rows.flatMap(({ externalTaskId }) => externalTaskId ?? [])
  const shared = held.filter((id, i) => held.indexOf(id) !== i)
  const foreign = rows.filter(
    ({ externalTaskId, prompt }) => externalTaskId && billed.get(externalTaskId)?.prompt !== prompt,
  )
  const unbilled = ledger.filter(({ externalId }) => externalId && !billed.has(externalId))
  return [
    ...shared.map((id) => `${id} belongs to two tasks`),
    ...foreign.map(({ videoId }) => `${videoId} has a video that was made for another`),
    ...unbilled.map(({ videoId }) => `${videoId} has a video that upstream never made`),
  ]
}
