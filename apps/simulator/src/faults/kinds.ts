import type { VideoError } from '../life.ts'
import * as plays from './plays.ts'

/**
 * Before a job is made, after it was made, how it ends, or a later request for its video. What is at `shape` shows
 * in each of its answers, in the dialects that have it.
 */
export type Moment = 'arrival' | 'answer' | 'ending' | 'retrieve' | 'list' | 'content' | 'delete' | 'shape'

export interface FaultKind {
  at: Moment
  /** What happens instead of the answer: it throws the answer, or keeps the request waiting. */
  happens?: (context: plays.Context) => Promise<void> | void
  failure?: VideoError
  /** Whether it still happens; by default to the first `count` posts. */
  lasts?: (history: History) => boolean
  count?: number
}

/** Of this (source, prompt) or this video: how often it has happened, and how often it could have. */
export interface History {
  times: number
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

/** By the names that markers in prompts and armed faults give them. */
export const faultKinds = {
  rate_limit: { at: 'arrival', happens: plays.rateLimited, count: 1 },
  quota: { at: 'arrival', happens: plays.outOfQuota },
  server_error: { at: 'arrival', happens: plays.badGateway },
  refuse: { at: 'arrival', happens: plays.refused },
  refuse_moderation: { at: 'arrival', happens: plays.refusedByModeration },
  no_answer: { at: 'arrival', happens: plays.silence },
  /** As azure says it; without it, the limits of a key do. */
  too_many_running: { at: 'arrival', happens: plays.tooManyRunning, count: 1 },
  not_serving: { at: 'arrival', happens: plays.notServing, count: 1 },
  no_model: { at: 'arrival', happens: plays.noModel },
  /** new-api: its upstream refuses its own id with `value`, which is 404 or 400. */
  own_id: { at: 'arrival', happens: plays.ownIdSentOn },

  accept_silence: { at: 'answer', happens: plays.silence },
  accept_reset: { at: 'answer', happens: plays.reset },
  accept_500: { at: 'answer', happens: plays.serverError },
  bad_json: { at: 'answer', happens: plays.garbage },
  slow: { at: 'answer', happens: plays.delay },
  /** The video is made, and the answer doesn't name it. */
  no_id: { at: 'answer' },
  /** Answered with the status `value`, or with 200, 201 and 202 by turns. */
  accept_status: { at: 'answer' },

  moderation: { at: 'ending', failure: blocked },
  transient: { at: 'ending', failure: internal, count: 1 },
  /** vllm-omni then answers polls with the status `value`. */
  fail: { at: 'ending', failure: broken },
  expire: { at: 'ending', failure: late },

  missing: { at: 'retrieve', happens: plays.notFound, lasts: whileYoung },
  silence: { at: 'retrieve', happens: plays.silence, lasts: whileYoung },
  poll_rate_limit: { at: 'retrieve', happens: plays.rateLimited, lasts: firstPolls },
  poll_error: { at: 'retrieve', happens: plays.unavailable, lasts: firstPolls },
  /** Each answer takes `value` ms. */
  slow_poll: { at: 'retrieve', happens: plays.delay },
  drip: { at: 'retrieve', happens: plays.dripping, lasts: whileYoung },
  endless: { at: 'retrieve', happens: plays.endless, lasts: whileYoung },
  huge: { at: 'retrieve', happens: plays.huge, lasts: whileYoung },
  /** As behind a balancer: two polls of three get to a server that doesn't have the video. */
  pods: { at: 'retrieve', happens: plays.notFound, lasts: twoOfThree },
  list_late: { at: 'list', happens: plays.notFound, lasts: whileYoung },
  empty: { at: 'content', happens: plays.notFound },
  redirect: { at: 'content', happens: plays.redirected },
  /** Once it is `value` ms old. */
  clip_expired: { at: 'content', happens: plays.clipGone, lasts: onceOld },
  /** sglang: the clip is at the video's `url` alone. */
  cloud_store: { at: 'content', happens: plays.elsewhere },
  /** The connection ends after `value` bytes, or half of them. */
  cut: { at: 'content' },
  /** The bytes come little by little over `value` ms. */
  slow_clip: { at: 'content' },
  /** bifrost: a list that doesn't say whether it goes on. */
  bare_list: { at: 'list' },
  /** The list as it was when this was armed; from a cache its time is of then, too. */
  list_stands: { at: 'list' },
  list_cached: { at: 'list' },
  /** As right as ever, but for the video at place `value` of each page: of that it tells how it was. */
  list_frozen: { at: 'list' },
  /** Every other video is left out. */
  list_short: { at: 'list' },
  /** In another order each time. */
  list_shuffled: { at: 'list' },
  /** Videos that are being made are said to have ended, to be all done, or are listed twice. */
  list_forged: { at: 'list' },
  /** vllm-omni: cancelled, and answered with 409. */
  delete_unsure: { at: 'delete' },

  /** bifrost: the clip itself, within the answer, of `value` bytes. */
  base64_clip: { at: 'shape' },
  /** openrouter: an address that wants no key, too. */
  signed_url: { at: 'shape' },
  /** sora-relay: completed, and no word of where the clip is. */
  no_url: { at: 'shape' },
  /** xai: a clip without a status. */
  no_status: { at: 'shape' },
  /** new-api: a submission is answered with `task_id` alone. */
  task_id_only: { at: 'shape' },
  /** Of any: the clip is an AVI. */
  avi: { at: 'shape' },
} as const satisfies Record<string, FaultKind>

export type FaultName = keyof typeof faultKinds
