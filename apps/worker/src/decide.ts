import type { Change, ProcessingTask } from '@reelay/db/transitions'
import { isModeration, type RetrieveOutcome } from '@reelay/sora/outcome'
import type { Video } from '@reelay/sora/video'
import { backoff, type Notes } from './outcome.ts'

export type PollPolicy = {
  pollIntervalMs: number
  overdueMs: number
  deadlineMs: number
  autoRetries: number
}

/** What a look means for the task: a change, if any, and when to look again unless it has ended. */
export type Decision = { change?: Change; nextPollInMs?: number; notes?: Notes }

const OVERDUE_POLL_MS = 60_000
const TROUBLE_MAX_MS = 60_000
const SHORTEST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 600_000
const LOST_AFTER_MISSES = 3
const LOST_AFTER_MS = 120_000

/** Upstream's reasons that sending the same again can't mend; the set is open, so anything else may pass. */
const permanentCodes = /moderation|policy|sentinel|invalid|unsupported|bad_request|user_error/i

/** Pure: no client, no clock. `now` is ms since 1970; `notes` are what the last poll handed on. */
export function decideAfterPoll(
  task: ProcessingTask,
  look: RetrieveOutcome,
  notes: Notes,
  { now, policy, random = Math.random }: { now: number; policy: PollPolicy; random?: () => number },
): Decision {
  const verdict = look.kind === 'video' ? verdictOn(look.video, task, policy) : undefined
  if (verdict) return { change: verdict }

  const ageMs = now - task.acceptedAt.getTime()
  if (ageMs >= policy.deadlineMs) {
    return {
      change: { to: 'FAILED', errorCode: 'timeout', errorMessage: 'the video was not finished in time' },
    }
  }
  const again = waitFor(look, notes, { now, policy, ageMs, random })
  if (again === 'lost') {
    return {
      change: {
        to: 'FAILED',
        errorCode: 'upstream_lost',
        errorMessage: 'upstream no longer knows the video',
      },
    }
  }
  const progress = look.kind === 'video' ? look.video.progress : undefined
  return {
    ...(progress !== undefined && progress > task.progress && { change: { to: 'PROCESSING', progress } }),
    ...again,
    nextPollInMs: Math.min(again.nextPollInMs, Math.max(0, policy.deadlineMs - ageMs)),
  }
}

function verdictOn(video: Video, task: ProcessingTask, policy: PollPolicy): Change | undefined {
  if (video.status === 'completed') return { to: 'COMPLETED', size: video.size, seconds: video.seconds }
  if (video.status !== 'failed' && video.status !== 'cancelled') return undefined

  const code = video.error?.code
  if (
    !permanentCodes.test(code ?? '') &&
    video.status === 'failed' &&
    task.autoRetriesUsed < policy.autoRetries
  ) {
    return { to: 'QUEUED' }
  }
  return {
    to: 'FAILED',
    errorCode: isModeration(code) ? 'moderation_blocked' : 'upstream_failed',
    errorMessage: video.error?.message ?? `upstream says ${video.status}`,
    upstreamCode: code,
  }
}

type Wait = { nextPollInMs: number; notes?: Notes }
type Circumstances = { now: number; policy: PollPolicy; ageMs: number; random: () => number }

function waitFor(
  look: RetrieveOutcome,
  notes: Notes,
  { now, policy, ageMs, random }: Circumstances,
): Wait | 'lost' {
  if (look.kind === 'video') {
    const usualMs =
      ageMs >= policy.overdueMs ? Math.max(OVERDUE_POLL_MS, policy.pollIntervalMs) : policy.pollIntervalMs
    const askedMs = look.pollAfterMs ? Math.max(look.pollAfterMs, SHORTEST_WAIT_MS) : usualMs
    return { nextPollInMs: Math.min(askedMs, LONGEST_WAIT_MS) }
  }
  if (look.kind === 'trouble') {
    const failures = (notes.failures ?? 0) + 1
    const waitMs = backoff(
      failures,
      policy.pollIntervalMs,
      Math.max(TROUBLE_MAX_MS, policy.pollIntervalMs),
      random,
    )
    return {
      nextPollInMs: Math.min(Math.max(waitMs, look.retryAfterMs ?? 0), LONGEST_WAIT_MS),
      notes: { failures },
    }
  }
  const misses = (notes.misses ?? 0) + 1
  const missingSince = notes.missingSince ?? now
  if (misses >= LOST_AFTER_MISSES && now - missingSince >= LOST_AFTER_MS) return 'lost'
  return { nextPollInMs: policy.pollIntervalMs, notes: { misses, missingSince } }
}
