import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { Answer, endlessAnswer, htmlAnswer } from './answer.ts'
import type { VideoError } from './life.ts'
import { noSuchVideo, Problem } from './problem.ts'

/**
 * Before a job is made, after it was made, how it ends, or a later request for its video. What is at `shape` shows
 * in each of its answers, in the dialects that have it.
 */
export type Moment = 'arrival' | 'answer' | 'ending' | 'retrieve' | 'list' | 'content' | 'delete' | 'shape'

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
  /** How often it could have happened. */
  asked: number
  age: number
  value: number | undefined
  count: number
}

const firstPolls = ({ times, value = 1 }: History) => times < value
const whileYoung = ({ age, value = Number.POSITIVE_INFINITY }: History) => age < value
const onceOld = ({ age, value = 0 }: History) => age >= value
const twoOfThree = ({ asked }: History) => asked % 3 < 2

const blocked: VideoError = {
  kind: 'moderated',
  code: 'moderation_blocked',
  message: 'Your request was blocked by our moderation system.',
}
const internal: VideoError = {
  kind: 'failed',
  code: 'internal_error',
  message: 'An internal error occurred.',
}
const broken: VideoError = {
  kind: 'failed',
  code: 'video_generation_failed',
  message: 'The video could not be generated.',
}
const late: VideoError = { kind: 'expired', code: 'expired', message: 'The video was not made in time.' }

export const faultKinds = {
  rate_limit: { at: 'arrival', happens: rateLimited, count: 1 },
  quota: { at: 'arrival', happens: outOfQuota },
  server_error: { at: 'arrival', happens: badGateway },
  refuse: { at: 'arrival', happens: refused },
  refuse_moderation: { at: 'arrival', happens: refusedByModeration },
  no_answer: { at: 'arrival', happens: silence },
  too_many_running: { at: 'arrival', happens: tooManyRunning, count: 1 },
  no_model: { at: 'arrival', happens: noModel },
  own_id: { at: 'arrival', happens: ownIdSentOn },

  accept_silence: { at: 'answer', happens: silence },
  accept_reset: { at: 'answer', happens: reset },
  accept_500: { at: 'answer', happens: serverError },
  bad_json: { at: 'answer', happens: garbage },
  slow: { at: 'answer', happens: delay },
  no_id: { at: 'answer' },
  accept_status: { at: 'answer' },

  moderation: { at: 'ending', failure: blocked },
  transient: { at: 'ending', failure: internal, count: 1 },
  fail: { at: 'ending', failure: broken },
  expire: { at: 'ending', failure: late },

  missing: { at: 'retrieve', happens: notFound, lasts: whileYoung },
  silence: { at: 'retrieve', happens: silence, lasts: whileYoung },
  poll_rate_limit: { at: 'retrieve', happens: rateLimited, lasts: firstPolls },
  poll_error: { at: 'retrieve', happens: unavailable, lasts: firstPolls },
  drip: { at: 'retrieve', happens: dripping, lasts: whileYoung },
  endless: { at: 'retrieve', happens: endless, lasts: whileYoung },
  huge: { at: 'retrieve', happens: huge, lasts: whileYoung },
  pods: { at: 'retrieve', happens: notFound, lasts: twoOfThree },
  list_late: { at: 'list', happens: notFound, lasts: whileYoung },
  empty: { at: 'content', happens: notFound },
  redirect: { at: 'content', happens: redirected },
  clip_expired: { at: 'content', happens: clipGone, lasts: onceOld },
  cloud_store: { at: 'content', happens: elsewhere },
  cut: { at: 'content' },
  bare_list: { at: 'list' },
  delete_unsure: { at: 'delete' },

  base64_clip: { at: 'shape' },
  signed_url: { at: 'shape' },
  no_url: { at: 'shape' },
  no_status: { at: 'shape' },
  task_id_only: { at: 'shape' },
  avi: { at: 'shape' },
} as const satisfies Record<string, FaultKind>

export type FaultName = keyof typeof faultKinds

function rateLimited({ value = 1 }: Context) {
  throw new Problem('rate_limited', 'Rate limit reached.', { headers: { 'retry-after': String(value) } })
}

function outOfQuota() {
  throw new Problem('balance_empty', 'You exceeded your current quota.')
}

function refused() {
  throw new Problem('invalid', 'The request was refused.', { param: 'prompt' })
}

function refusedByModeration() {
  throw new Problem('moderated', blocked.message, { param: 'prompt' })
}

function tooManyRunning({ value = 2 }: Context) {
  throw new Problem('too_many_running', `Too many running tasks: ${value}`)
}

function noModel() {
  throw new Problem('no_such_model', 'There is no such model.', { param: 'model' })
}

/** A relay sent its own id on to its upstream, which cannot know it. */
function ownIdSentOn({ value = 404, request }: Context) {
  const { id = '' } = request.params as { id?: string }
  throw new Problem('refused_by_upstream', `Video with id '${id}' not found.`, { status: value })
}

function notFound({ request }: Context) {
  throw noSuchVideo((request.params as { id?: string }).id ?? '')
}

function redirected({ request }: Context) {
  const { id } = request.params as { id: string }
  if (request.url.startsWith('/clips/')) return
  throw new Answer(302, { location: `/clips/${encodeURIComponent(id)}.mp4` })
}

function clipGone() {
  throw new Problem('clip_gone', 'The clip has expired.')
}

function elsewhere() {
  throw new Problem('elsewhere', 'The clip was uploaded to a store; use its url.')
}

function badGateway() {
  throw htmlAnswer(502, '502 Bad Gateway')
}

function serverError() {
  throw htmlAnswer(500, '500 Internal Server Error')
}

function unavailable() {
  throw htmlAnswer(503, '503 Service Unavailable')
}

function garbage() {
  throw htmlAnswer(200, 'OK')
}

async function delay({ value = 1000 }: Context) {
  await wait(value, undefined, { ref: false })
}

const dripMs = 1000
const gigabyte = 1024 ** 3
const beginning = '{"object":"video","id":"'

function dripping() {
  throw endlessAnswer(Readable.from(beginningThen('x', dripMs)))
}

function endless() {
  throw endlessAnswer(Readable.from(beginningThen('x'.repeat(64 * 1024))))
}

function huge() {
  throw endlessAnswer(Readable.from(beginningThen('x'.repeat(64 * 1024))), gigabyte)
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
