import type { ExternalTaskId } from '@reelay/contracts/task'
import type { Video } from './video.ts'

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
  | { kind: 'in_doubt'; reason: string }

/** What one look at a video found. Trouble on the way is no verdict on the video. */
export type RetrieveOutcome =
  | { kind: 'video'; video: Video; pollAfterMs?: number | undefined }
  | { kind: 'missing' }
  | { kind: 'trouble'; reason: string; retryAfterMs?: number | undefined }

/** One page of upstream's list, newest first. `date` is upstream's clock in ms since 1970, if it said. */
export type ListOutcome =
  | { kind: 'page'; videos: Video[]; next?: ExternalTaskId | undefined; date?: number | undefined }
  | { kind: 'trouble'; reason: string; retryAfterMs?: number | undefined }

/** An HTTP answer, read whole. */
export type Answer = { status: number; header: (name: string) => string | undefined; body: unknown }

const moderationCodes = new Set(['moderation_blocked', 'sentinel_block', 'content_policy_violation'])

/** Upstream objects to what the video would show: sending the same again can't help. */
export function isModeration(code: string | undefined): boolean {
  return code !== undefined && moderationCodes.has(code)
}

/** What a 4xx to a submission means; undefined where only a look can tell (WIRE.md sections 5 and 7). */
export function rejection(answer: Answer, scrub: (text: string) => string): SubmitOutcome | undefined {
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

/** How long upstream asks to wait, in ms: `retry-after-ms`, else `retry-after` as seconds or a date. */
export function retryAfter({ header }: Answer): number | undefined {
  const ms = Number(header('retry-after-ms') || Number.NaN)
  if (ms >= 0 && Number.isFinite(ms)) return ms
  const value = header('retry-after')
  if (!value) return undefined
  const seconds = Number(value)
  const wait = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1000
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined
}

/** Code and sentence of an error body: OpenAI's `{error}`, a bare `{code, message}`, or FastAPI's `{detail}`. */
export function upstreamError(body: unknown): { code?: string | undefined; message?: string | undefined } {
  const outer = fields(body)
  const error = typeof outer.error === 'object' ? fields(outer.error) : outer
  const detail = typeof outer.detail === 'string' ? outer.detail : undefined
  return { code: text(error.code), message: text(error.message) ?? text(outer.error) ?? detail }
}

const secret = /\b(Bearer\s+\S+|sk-[\w-]{4,})/gi
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are taken out
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g

/** Makes upstream's text fit to be shown: no keys, no control characters, at most 500 characters. */
export function createScrubber(apiKey: string): (text: string) => string {
  return (text) =>
    text
      .replaceAll(apiKey, '[key]')
      .replace(secret, '[key]')
      .replace(control, ' ')
      .slice(0, 500)
      .toWellFormed()
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
