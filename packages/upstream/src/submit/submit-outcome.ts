import type { ExternalTaskId } from '@reelay/contracts/task'
import { type Answer, isSuccess, retryAfter, type Scrub } from '../answer/answer.ts'
import { at, isFields } from '../answer/fields.ts'
import type { Reading } from '../dialect/reading.ts'
import { blamesRequest, categoryOf, maySayKey, tellingCategoryOf } from '../errors/category.ts'
import { isErrorBody, type Reason, readReason } from '../errors/reason.ts'
import { saysError } from '../video/job-record.ts'
import { withoutRequestIds } from '../video/other-ids.ts'
import { readVideo, type Video } from '../video/video.ts'
import { isDoubtful, isServerError, maySayMade, namesVideo, saysMadeBefore, saysNotBegun } from './doubt.ts'
import { lostSight } from './lost-sight.ts'
import { videoInSpite, videoMade } from './made-video.ts'
import { isNoApi } from './no-api.ts'
import { refusalOf } from './refusal.ts'
import { byRule } from './ruled.ts'

export type SubmitOutcome = { kind: 'created'; video: Video } | Refused | NotNow | NotSent | InDoubt

export type Refused = { kind: 'refused' } & RefusalReason

export type RefusalReason = {
  errorCode: 'upstream_refused' | 'moderation_blocked' | 'insufficient_quota'
  upstreamCode?: string | undefined
  message: string
}

/** Nothing was made, and it isn't this request's fault, as far as can be told. */
export type NotNow = {
  kind: 'not_now'
  reason: NotNowReason
  retryAfterMs?: number | undefined
  /** Set where it may be this request's fault all the same: what to say then. */
  refusal?: RefusalReason | undefined
  /** What to say if it proves to be this request's, though it says that it isn't. */
  refusalAfterAll?: RefusalReason | undefined
  hint?: string | undefined
}

export type NotNowReason = 'rate_limited' | 'key_rejected' | 'balance_empty' | 'misconfigured' | 'unclear'

/**
 * Nothing left this machine. `recorded` says whether the ledger believes that it might have; `notAsked` is set where
 * that was our own doing, and not upstream's.
 */
export type NotSent = { kind: 'not_sent'; recorded: boolean; reason: string; notAsked?: true }

/** It may have been made. Never send it again blindly. */
export type InDoubt = {
  kind: 'in_doubt'
  reason: string
  /** Whether upstream failed or gave no answer in time: the third such in a row holds its credential. */
  serverError?: boolean
  retryAfterMs?: number | undefined
}

/**
 * What a no means whose body doesn't say what it is about. Of others it is a no to the request: of 409 (the source is
 * not in a state for it) and 423 (it is locked), too, which are said instead of doing what was asked.
 */
const byStatus: Record<number, NotNowReason> = {
  401: 'key_rejected',
  402: 'balance_empty',
  403: 'unclear',
  405: 'misconfigured',
  407: 'misconfigured',
  421: 'misconfigured',
  // Too early: not looked at, since it could be a replay.
  425: 'unclear',
  426: 'misconfigured',
}
/** Somebody stopped waiting for one who may be at work: a failed dependency, and what balancers say of a lost client. */
const unsure = new Set([424, 444, 460, 499])
/** Said of our key and our means, before anything is made. */
const ofOurs = new Set([401, 402, 407])
const oneVideo =
  /\/(?:videos?|tasks?|jobs?)\/(?!(?:edits|extensions|generations|remix)\b)([^/?#]+)\/?(?:[?#]|$)/

export type SubmitContext = { scrub: Scrub; reading: Reading; source?: ExternalTaskId | undefined }

export function submitOutcome(answer: Answer, context: SubmitContext): SubmitOutcome {
  const { status, body } = answer
  if (status >= 400 && status < 500 && status !== 408) return rejection(answer, context)
  const { reading, source } = context
  const ruled = status < 300 || status >= 500 ? byRule(answer, context) : undefined
  if (ruled && !answer.bodyError && !namesVideo(body, reading, source)) return ruled
  if (isSuccess(answer)) {
    const refused = errorUnderSuccess(answer, context)
    if (refused) return refused
    const video = videoMade(body, source, reading)
    if (video) return { kind: 'created', video }
    return { kind: 'in_doubt', reason: 'answer without a video' }
  }
  if (status >= 300 && status < 400) return redirection(answer, context)
  const reason = `upstream answered ${status}`
  if (status < 500) return { kind: 'in_doubt', reason }
  return { kind: 'in_doubt', reason, serverError: true, retryAfterMs: retryAfter(answer) }
}

/**
 * What a 4xx means: a verdict on this request, if its body says so, or something that all requests would meet; and in
 * spite of its status that a video was made, or may be.
 */
function rejection(answer: Answer, context: SubmitContext): SubmitOutcome {
  const { status, body } = answer
  const { scrub, source, reading } = context
  const reason = readReason(body, reading.errors)
  const made = videoInSpite(body, source, reading)
  const isPlain = !saysError(body) && reason.message === undefined && categoryOf(reason) === undefined
  if (made && isPlain) return { kind: 'created', video: made }
  // With 429 it is the one that must end before another may begin.
  if (made && status !== 429)
    return { kind: 'in_doubt', reason: `upstream answered ${status} with a video and an error` }
  const ruled = byRule(answer, context)
  if (ruled) return ruled
  const doubt = doubtIn(answer, reason, context)
  if (doubt) return doubt
  if (made) return { kind: 'not_now', reason: 'rate_limited', retryAfterMs: retryAfter(answer) }
  const told = byNature(answer, reason, scrub)
  if (told) return told
  const retryAfterMs = retryAfter(answer)
  if (status === 429) return { kind: 'not_now', reason: 'rate_limited', retryAfterMs }
  const unclear = isNoApi(answer, reason) ? 'misconfigured' : byStatus[status]
  const refusal = refusalOf('upstream_refused', reason, answer, scrub)
  return unclear
    ? { kind: 'not_now', reason: unclear, retryAfterMs, refusal }
    : { kind: 'refused', ...refusal }
}

/**
 * Whether a 4xx doesn't mean that nothing was made. A code that says what is wrong is believed, and 429 that upstream
 * takes no more; but words alone, of trouble on the way or of an upstream that is busy, may come from beyond it.
 */
function doubtIn(answer: Answer, reason: Reason, { source, reading }: SubmitContext): InDoubt | undefined {
  const { status, body } = answer
  const inDoubt = (why: string): InDoubt => ({
    kind: 'in_doubt',
    reason: `upstream answered ${status}, ${why}`,
  })
  const trouble = (why: string) => ({ ...inDoubt(why), serverError: true, retryAfterMs: retryAfter(answer) })
  if (maySayMade(reason)) return inDoubt('and that it may have been made')
  const { code, type, message } = reason
  const named = tellingCategoryOf({ code, type })
  if (status === 429 || (named && named !== 'busy')) return undefined
  if (saysMadeBefore(reason)) return inDoubt('and that it was made before')
  if (status !== 402 && lostSight(code, message)) return trouble('for trouble on the way')
  const nature = tellingCategoryOf(reason)
  const isBusy = (nature === 'rate' || nature === 'busy') && !saysNotBegun(reason)
  if (isBusy) return trouble('for being busy')
  if (nature !== undefined) return undefined
  // one-api puts the status that it was told there.
  const codes = [code, at(body, 'error.param')]
  if (unsure.has(status) || codes.some((each) => isServerError('code', each)))
    return trouble('for trouble of its own')
  const isUntold = !ofOurs.has(status) && !isErrorBody(body, reading.errors) && !saysError(body)
  // Beside a message an id is rather a trace's.
  const withIds = message !== undefined && isFields(body) ? { ...body, id: undefined } : body
  return isUntold && namesVideo(withIds, reading, source) ? inDoubt('but names a video') : undefined
}

function byNature(answer: Answer, reason: Reason, scrub: Scrub): Refused | NotNow | undefined {
  const { status } = answer
  const retryAfterMs = retryAfter(answer)
  const refused = (code: RefusalReason['errorCode']): Refused => ({
    kind: 'refused',
    ...refusalOf(code, reason, answer, scrub),
  })
  const notNow = (because: NotNowReason): NotNow => ({ kind: 'not_now', reason: because, retryAfterMs })
  switch (tellingCategoryOf(reason)) {
    case 'moderation':
      return refused('moderation_blocked')
    case 'request':
      if (status === 429 && !blamesRequest(reason)) return undefined
      if (isNoApi(answer, reason) || (status > 400 && status < 404 && maySayKey(reason))) return undefined
      return refused('upstream_refused')
    case 'quota': {
      const isNamed = tellingCategoryOf({ code: reason.code, type: reason.type }) === 'quota'
      if (!isNamed && status === 429 && retryAfterMs !== undefined) return notNow('rate_limited')
      return status > 400 && status < 404 ? notNow('balance_empty') : refused('insufficient_quota')
    }
    case 'balance':
      return status === 429 ? refused('insufficient_quota') : notNow('balance_empty')
    case 'key': {
      const refusalAfterAll = refusalOf('upstream_refused', reason, answer, scrub)
      return { ...notNow('key_rejected'), refusalAfterAll }
    }
    case 'rate':
    case 'busy':
      return notNow('rate_limited')
    case undefined:
      return undefined
  }
}

/**
 * Some servers say no with 200. It is taken for one only when it says what it is about, no video is named anywhere, and
 * nothing speaks of trouble on the way: what a relay couldn't read may have been made. That upstream is asked too much
 * a code must say.
 */
function errorUnderSuccess(answer: Answer, { scrub, reading }: SubmitContext): Refused | NotNow | undefined {
  const { body } = answer
  const { errors } = reading
  if (answer.bodyError || !isErrorBody(body, errors) || namesVideo(body, reading)) return undefined
  const reason = readReason(body, errors)
  if (isDoubtful(body) || reason.code === 'fail_to_fetch_task') return undefined
  const nature = categoryOf(reason)
  if (nature === undefined || nature === 'busy') return undefined
  if (nature === 'rate' && tellingCategoryOf({ code: reason.code, type: reason.type }) !== 'rate')
    return undefined
  return (
    byNature(answer, reason, scrub) ?? {
      kind: 'refused',
      ...refusalOf('upstream_refused', reason, answer, scrub),
    }
  )
}

/**
 * Never followed: what was paid for would be sent to somewhere that nobody configured. But it may be how a made
 * video is named, and 303 with the address of one is what a POST that did its work ends with.
 */
function redirection(answer: Answer, { scrub, source, reading }: SubmitContext): SubmitOutcome {
  const { status, body } = answer
  const video = readVideo(withoutRequestIds(body, reading.ids), { source, reading })
  if (video && !saysError(body)) return { kind: 'created', video }
  const hint = `${status} to ${scrub(originOf(answer.header('location')))}`
  const shown = status === 303 ? oneVideo.exec(answer.header('location') ?? '')?.[1] : undefined
  const isShown = shown !== undefined && shown !== source
  if (video || isShown || namesVideo(body, reading, source))
    return { kind: 'in_doubt', reason: `upstream answered ${hint}` }
  return { kind: 'not_now', reason: 'misconfigured', retryAfterMs: retryAfter(answer), hint }
}

function originOf(location: string | undefined): string {
  if (location === undefined) return 'nowhere'
  return URL.canParse(location) ? new URL(location).origin : 'another path'
}
