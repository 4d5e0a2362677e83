import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { ApiError, BodyAnswer, HtmlAnswer, videoNotFound } from './errors.ts'
import type { VideoError } from './life.ts'

/** Before a job is made, after it was made, how it ends, or a later request for its video. */
export type Moment = 'arrival' | 'answer' | 'ending' | 'retrieve' | 'list' | 'content'

export interface FaultKind {
  at: Moment
  /** What happens instead of the answer: it throws the answer, or keeps the request waiting. */
  happens?: (context: Context) => Promise<void> | void
  failure?: VideoError
  /** Whether it still happens; by default to the first `count` posts. */
  lasts?: (history: History) => boolean
  count?: number
}

interface Context {
  value: number | undefined
  request: FastifyRequest
}

export interface History {
  /** How often it has happened to this (source, prompt) or this video. */
  times: number
  age: number
  value: number | undefined
  count: number
}

const firstPolls = ({ times, value = 1 }: History) => times < value
const whileYoung = ({ age, value = Number.POSITIVE_INFINITY }: History) => age < value

const blocked = { code: 'moderation_blocked', message: 'Your request was blocked by our moderation system.' }
const internal = { code: 'internal_error', message: 'An internal error occurred.' }
const broken = { code: 'video_generation_failed', message: 'The video could not be generated.' }

export const faultKinds = {
  rate_limit: { at: 'arrival', happens: rateLimited, count: 1 },
  quota: { at: 'arrival', happens: outOfQuota },
  server_error: { at: 'arrival', happens: badGateway },
  refuse: { at: 'arrival', happens: refused },
  refuse_moderation: { at: 'arrival', happens: refusedByModeration },
  no_answer: { at: 'arrival', happens: silence },

  accept_silence: { at: 'answer', happens: silence },
  accept_reset: { at: 'answer', happens: reset },
  accept_500: { at: 'answer', happens: serverError },
  bad_json: { at: 'answer', happens: garbage },
  slow: { at: 'answer', happens: delay },

  moderation: { at: 'ending', failure: blocked },
  transient: { at: 'ending', failure: internal, count: 1 },
  fail: { at: 'ending', failure: broken },

  missing: { at: 'retrieve', happens: notFound, lasts: whileYoung },
  silence: { at: 'retrieve', happens: silence, lasts: whileYoung },
  poll_rate_limit: { at: 'retrieve', happens: rateLimited, lasts: firstPolls },
  poll_error: { at: 'retrieve', happens: unavailable, lasts: firstPolls },
  drip: { at: 'retrieve', happens: dripping, lasts: whileYoung },
  endless: { at: 'retrieve', happens: endless, lasts: whileYoung },
  huge: { at: 'retrieve', happens: huge, lasts: whileYoung },
  list_late: { at: 'list', happens: notFound, lasts: whileYoung },
  empty: { at: 'content', happens: notFound },
  redirect: { at: 'content', happens: redirected },
} as const satisfies Record<string, FaultKind>

export type FaultName = keyof typeof faultKinds

function rateLimited({ value = 1 }: Context) {
  const headers = { 'retry-after': String(value) }
  throw new ApiError(429, 'Rate limit reached.', { type: 'requests', code: 'rate_limit_exceeded', headers })
}

function outOfQuota() {
  const code = 'insufficient_quota'
  throw new ApiError(429, 'You exceeded your current quota.', { type: code, code })
}

function refused() {
  throw new ApiError(400, 'The request was refused.', { param: 'prompt', code: 'invalid_value' })
}

function refusedByModeration() {
  throw new ApiError(400, blocked.message, { param: 'prompt', code: blocked.code })
}

function notFound({ request }: Context) {
  throw videoNotFound((request.params as { id?: string }).id ?? '')
}

function redirected({ request }: Context) {
  const { id } = request.params as { id: string }
  throw new ApiError(302, 'Found.', { headers: { location: `/clips/${encodeURIComponent(id)}.mp4` } })
}

function badGateway() {
  throw new HtmlAnswer(502, '502 Bad Gateway')
}

function serverError() {
  throw new HtmlAnswer(500, '500 Internal Server Error')
}

function unavailable() {
  throw new HtmlAnswer(503, '503 Service Unavailable')
}

function garbage() {
  throw new HtmlAnswer(200, 'OK')
}

async function delay({ value = 1000 }: Context) {
  await wait(value, undefined, { ref: false })
}

const dripMs = 1000
const gigabyte = 1024 ** 3
const beginning = '{"object":"video","id":"'

function dripping() {
  throw new BodyAnswer(Readable.from(beginningThen('x', dripMs)))
}

function endless() {
  throw new BodyAnswer(Readable.from(beginningThen('x'.repeat(64 * 1024))))
}

function huge() {
  throw new BodyAnswer(Readable.from(beginningThen('x'.repeat(64 * 1024))), gigabyte)
}

/** JSON whose first string has no end, for as long as somebody reads it. */
async function* beginningThen(more: string, everyMs = 0) {
  yield beginning
  for (;;) {
    if (everyMs > 0) await wait(everyMs, undefined, { ref: false })
    yield more
  }
}

function silence() {
  return new Promise<never>(() => {})
}

function reset({ request }: Context) {
  request.raw.socket.resetAndDestroy()
  return silence()
}
