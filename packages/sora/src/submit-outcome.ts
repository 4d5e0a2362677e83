import { type Answer, isSuccess, retryAfter, type Scrub, upstreamError } from './answer.ts'
import { Video } from './video.ts'

/** What became of one POST that costs money. */
export type SubmitOutcome =
  | { kind: 'created'; video: Video }
  /** Upstream said no to this request, for good: nothing was made. */
  | {
      kind: 'refused'
      errorCode: 'upstream_refused' | 'moderation_blocked' | 'insufficient_quota'
      upstreamCode?: string | undefined
      message: string
    }
  /** Nothing was made, and it isn't this request's fault: too many, our key, our balance. */
  | {
      kind: 'not_now'
      reason: 'rate_limited' | 'key_rejected' | 'balance_empty'
      retryAfterMs?: number | undefined
    }
  /** Nothing left this machine. `recorded` says whether the ledger believes that it might have. */
  | { kind: 'not_sent'; recorded: boolean; reason: string }
  /** It may have been made. Never send it again blindly. */
  | { kind: 'in_doubt'; reason: string; serverError?: boolean; retryAfterMs?: number | undefined }

const moderationCodes = new Set(['moderation_blocked', 'sentinel_block', 'content_policy_violation'])

/** Upstream objects to what the video would show: sending the same again can't help. */
export function isModeration(code: string | undefined): boolean {
  return code !== undefined && moderationCodes.has(code)
}

/** What a 4xx to a submission means; undefined where only a look can tell. */
export function rejection(answer: Answer, scrub: Scrub): SubmitOutcome | undefined {
  const { status } = answer
  if (status < 400 || status >= 500 || status === 408) return undefined
  const { code, message } = upstreamError(answer.body)
  const retryAfterMs = retryAfter(answer)

  if (status === 429 && code === 'insufficient_quota') {
    return {
      kind: 'refused',
      errorCode: code,
      upstreamCode: code,
      message: scrub(message ?? 'quota used up'),
    }
  }
  if (status === 429) return { kind: 'not_now', reason: 'rate_limited', retryAfterMs }
  if (status === 401 || status === 403) return { kind: 'not_now', reason: 'key_rejected', retryAfterMs }
  if (status === 402) return { kind: 'not_now', reason: 'balance_empty', retryAfterMs }
  return {
    kind: 'refused',
    errorCode: isModeration(code) ? 'moderation_blocked' : 'upstream_refused',
    upstreamCode: code && scrub(code),
    message: scrub(message ?? `upstream answered ${status}`),
  }
}

/** What an answer to a paid POST means. */
export function submitOutcome(answer: Answer, scrub: Scrub): SubmitOutcome {
  const rejected = rejection(answer, scrub)
  if (rejected) return rejected
  const video = Video.safeParse(answer.body)
  if (isSuccess(answer) && video.success) return { kind: 'created', video: video.data }
  const reason = isSuccess(answer) ? 'answer without a video' : `upstream answered ${answer.status}`
  if (answer.status < 500) return { kind: 'in_doubt', reason }
  return { kind: 'in_doubt', reason, serverError: true, retryAfterMs: retryAfter(answer) }
}
