import type { PollTrouble } from '@reelay/contracts/jobs'
import { isStorable } from '@reelay/contracts/text'
import type { Change } from '@reelay/db/moves/apply'
import type { TaskRow } from '@reelay/db/schema'
import type { Told } from '@reelay/db/task-columns'
import type { ProcessingTask } from '@reelay/db/tasks/lanes'
import { lastingCodeOf } from '@reelay/upstream/errors/lasting'
import type { Video } from '@reelay/upstream/video/video'
import { atLeastAsAsked, backoff } from './outcome.ts'
import type { Observation } from './retrieve-video.ts'

export type PollPolicy = {
  pollIntervalMs: number
  overdueMs: number
  deadlineMs: number
  autoRetries: number
  missing: MissingPolicy
  /** Shortest time between two looks that upstream allows. */
  pollFloorMs: number
  archive: boolean
}

/** How often in a row, and from the first to the last over which time, a video must be missing to be lost. */
export type MissingPolicy = { count: number; spanMs: number }

type Circumstances = {
  now: number
  policy: PollPolicy
  random?: () => number
}

/** What an observation means for the task: a change, if any, and the least time until the next poll unless it has ended. */
export type Decision = { change?: Change; nextPollInMs?: number; trouble?: PollTrouble }

const OVERDUE_POLL_MS = 60_000
const TROUBLE_MAX_MS = 60_000
const SHORTEST_WAIT_MS = 1000
const POLLS_FOR_CONTENT = 10
const LONGEST_PROMPT = 32_000

const endings = {
  lost: { errorCode: 'upstream_lost', errorMessage: 'upstream no longer knows the video' },
  no_content: {
    errorCode: 'no_content',
    errorMessage: 'upstream completed the video but has nothing to play',
  },
} as const

/** Pure: no client, no clock. `before` is the trouble until now; without trouble after it there is none any more. */
export function decideAfterPoll(
  task: ProcessingTask,
  observation: Observation,
  before: PollTrouble,
  { now, policy, random = Math.random }: Circumstances,
): Decision {
  const verdict = observation.kind === 'video' ? verdictOn(observation.video, task, policy) : undefined
  if (verdict) return { change: verdict }

  const ageMs = now - task.acceptedAt.getTime()
  if (ageMs >= policy.deadlineMs) return { change: atDeadline(observation, task, policy) }
  const again = nextPoll(observation, before, { now, policy, ageMs, random })
  if (again === 'lost' || again === 'no_content') {
    return { change: { to: 'FAILED', ...endings[again] } }
  }
  const progress = Math.max(task.progress, (observation.kind === 'video' && observation.video.progress) || 0)
  const overdue = ageMs >= policy.overdueMs
  const told = observation.kind === 'video' ? newsOf(observation.video, task) : {}
  const isNews = progress > task.progress || (overdue && !task.overdue) || Object.keys(told).length > 0
  return {
    ...(isNews && { change: { to: 'PROCESSING', progress, ...(overdue && { overdue }), ...told } }),
    ...again,
    nextPollInMs: Math.min(again.nextPollInMs, Math.max(0, policy.deadlineMs - ageMs)),
  }
}

/**
 * What the row is to say before the next poll, which comes with those of its lane each `intervalMs` unless that is to
 * wait for longer. `now` is when upstream was asked, and `askedMs` for how long it asked to be left alone: a lane may be a
 * bit early otherwise.
 */
export function toRemember(
  { nextPollInMs = 0, trouble }: Decision,
  { now, intervalMs, askedMs = 0 }: { now: number; intervalMs: number; askedMs?: number | undefined },
): PollTrouble | undefined {
  const aBitMs = intervalMs / 10
  const waitMs = Math.max(nextPollInMs - aBitMs, Math.min(nextPollInMs, askedMs))
  return waitMs > intervalMs ? { ...trouble, notBefore: Math.round(now + waitMs) } : trouble
}

/** A clip that can't be reached from here, at an address that upstream names, may be from where it is watched. */
function atDeadline(observation: Observation, task: ProcessingTask, policy: PollPolicy): Change {
  const completed = 'completed' in observation ? observation.completed : undefined
  const verdict = completed?.url ? verdictOn(completed, task, policy) : undefined
  return verdict ?? { to: 'FAILED', errorCode: 'timeout', errorMessage: 'the video was not finished in time' }
}

function verdictOn(video: Video, task: ProcessingTask, policy: PollPolicy): Change | undefined {
  if (video.status === 'completed') {
    return {
      to: 'COMPLETED',
      ...(policy.archive && { archive: true }),
      ...toldBy(video),
      ...(task.isImport && { prompt: storable(video.prompt) }),
    }
  }
  if (video.status !== 'failed' && video.status !== 'cancelled') return undefined

  const { code, type, message } = video.error ?? {}
  const lastingCode = lastingCodeOf(video.error ?? {})
  const mayTryAgain = video.status === 'failed' && !task.isImport && task.autoRetriesUsed < policy.autoRetries
  const upstreamCode = code ?? type
  if (lastingCode === undefined && mayTryAgain) return { to: 'QUEUED', upstreamCode }
  return {
    to: 'FAILED',
    errorCode: lastingCode ?? 'upstream_failed',
    errorMessage: message ?? `upstream says ${video.status}`,
    upstreamCode,
  }
}

export function toldBy({ model, size, seconds }: Video): Told {
  return { model, size, seconds }
}

function newsOf(video: Video, task: ProcessingTask): Told {
  const prompt = task.isImport && !task.hasPrompt ? storable(video.prompt) : undefined
  return {
    ...(video.model && task.model === null && { model: video.model }),
    ...(video.size && video.size !== task.size && { size: video.size }),
    ...(video.seconds && video.seconds !== task.seconds && { seconds: video.seconds }),
    ...(prompt && { prompt }),
  }
}

/** Adopted rather than made: nothing is ever paid for it, and its prompt is upstream's to tell. */
export function isImported({ metadata }: Pick<TaskRow, 'metadata'>): boolean {
  return metadata.type === 'import'
}

function storable(prompt: string | undefined): string | undefined {
  const cut = prompt?.slice(0, LONGEST_PROMPT).replace(/[\ud800-\udbff]$/, '')
  return cut !== undefined && isStorable(cut) ? cut : undefined
}

type Wait = { nextPollInMs: number; trouble?: PollTrouble }

function nextPoll(
  observation: Observation,
  before: PollTrouble,
  { now, policy, ageMs, random }: Required<Circumstances> & { ageMs: number },
): Wait | 'lost' | 'no_content' {
  const intervalMs = policy.pollIntervalMs
  const usualMs = ageMs >= policy.overdueMs ? Math.max(OVERDUE_POLL_MS, intervalMs) : intervalMs
  if (observation.kind === 'empty') {
    const empty = afterEmpty(before)
    return empty === 'no_content' ? empty : { nextPollInMs: usualMs, trouble: empty }
  }
  if (observation.kind === 'video') {
    return {
      nextPollInMs: observation.pollAfterMs
        ? atLeastAsAsked(Math.max(SHORTEST_WAIT_MS, policy.pollFloorMs), observation.pollAfterMs)
        : usualMs,
    }
  }
  if (observation.kind === 'trouble') {
    const failures = (before.failures ?? 0) + 1
    const waitMs = backoff(
      failures,
      policy.pollIntervalMs,
      Math.max(TROUBLE_MAX_MS, policy.pollIntervalMs),
      random,
    )
    return {
      nextPollInMs: atLeastAsAsked(Math.max(waitMs, policy.pollFloorMs), observation.retryAfterMs),
      trouble: { ...(before.empties && { empties: before.empties }), failures },
    }
  }
  const missed = afterMiss(before, now, policy.missing)
  return missed === 'lost' ? missed : { nextPollInMs: intervalMs, trouble: missed }
}

/** A completed video has nothing to play yet: its content may come later than the word that it is there. */
export function afterEmpty(before: Pick<PollTrouble, 'empties'>): 'no_content' | { empties: number } {
  const empties = (before.empties ?? 0) + 1
  return empties > POLLS_FOR_CONTENT ? 'no_content' : { empties }
}

/** Upstream said that there is no such video: once is nothing, often enough in a row is a loss. */
export function afterMiss(
  before: Pick<PollTrouble, 'misses' | 'missingSince'>,
  now: number,
  { count, spanMs }: MissingPolicy,
): 'lost' | { misses: number; missingSince: number } {
  const misses = (before.misses ?? 0) + 1
  const missingSince = before.missingSince ?? now
  return misses >= count && now - missingSince >= spanMs ? 'lost' : { misses, missingSince }
}
