import type { ExternalTaskId } from '@reelay/contracts/task'
import { plainText } from '@reelay/contracts/text'
import { z } from 'zod'
import { at, type Fields, firstOf } from '../answer/fields.ts'
import { categoryOf } from '../errors/category.ts'
import { blockOf, isTelling, type Reason, readReason } from '../errors/reason.ts'
import { clipLinks, isVideosOwn, mayTellOf } from './clip-links.ts'
import { isNamed, namesIn } from './ids.ts'
import { instantOf } from './instant.ts'
import { findJob, saysError } from './job-record.ts'
import { withoutEnvelopeId, withoutSource } from './other-ids.ts'
import { isBlockedWord, isReadyWord, statusOf, type VideoStatus } from './status-words.ts'

export type { VideoStatus } from './status-words.ts'

export type Video = {
  id: ExternalTaskId
  names?: ExternalTaskId[] | undefined
  status: VideoStatus
  rawStatus: string
  progress?: number | undefined
  createdAt?: number | undefined
  prompt?: string | undefined
  remixedFrom?: string | undefined
  model?: string | undefined
  size?: string | undefined
  seconds?: string | undefined
  url?: string | undefined
  urls?: string[] | undefined
  error?: Reason | undefined
}

type Links = { hasLink: boolean; hasClip: boolean }

export type ReadContext = {
  id?: ExternalTaskId
  base?: URL
  source?: ExternalTaskId | undefined
  /** An item of a list is no envelope: what it holds is its own. */
  isListed?: boolean
}

const Model = plainText(1, 128)
const Size = plainText(1, 64)
const createdNames = [
  ...['created_at', 'createdAt', 'created', 'created_time', 'createdTime', 'create_time', 'createTime'],
  ...['creation_time', 'submit_time', 'submitted_at', 'submittedAt'],
]
const promptPlaces = [
  'prompt',
  'promptText',
  'input.prompt',
  'request.prompt',
  'parameters.prompt',
  'metadata.prompt',
]

export const Video = z.unknown().transform((body, context): Video => {
  const video = readVideo(body)
  if (video) return video
  context.addIssue({ code: 'custom', message: 'no id' })
  return z.NEVER
})

/** The video that an answer tells of. Without an id of its own it may be that of the video that was asked for. */
export function readVideo(
  answer: unknown,
  { id: known, base, source, isListed }: ReadContext = {},
): Video | undefined {
  const body = isListed || known !== undefined ? answer : withoutEnvelopeId(withoutSource(answer, source))
  const found = findJob(body, known)
  if (!found?.id) return undefined
  const { job, id, word } = found
  const urls = saysError(body) ? [] : linksIn(body, job, base)
  const tells = word !== undefined || urls.length > 0 || job.progress !== undefined
  if (known !== undefined && !tells && !isNamed(job, known)) return undefined
  const names = namesIn(job)
  const progress = wholePercent(job.progress)
  const hasClip = urls.some((link) => !mayTellOf(id, link, base))
  const isMade = isAllMade(job, word, { hasLink: urls.length > 0, hasClip })
  const { status, error } = verdictIn(body, job, word, statusIn(job, word, { isMade, hasClip }), urls)
  return {
    id,
    names: names.length > 1 ? names : undefined,
    status,
    rawStatus: word ?? '',
    progress,
    createdAt: firstOf(job, createdNames, instantOf),
    prompt: firstOf(job, promptPlaces, textOf),
    remixedFrom: sourceOf(job.remixed_from_video_id),
    model: Model.safeParse(job.model).data,
    size: Size.safeParse(job.size).data,
    seconds: length(job.seconds),
    url: urls[0],
    urls: urls.length > 0 ? urls : undefined,
    error,
  }
}

/** Whether the clip is there, by where it is and how far it is; without a word 1 is all of it, and 100 vouches for any link. */
function isAllMade(job: Fields, word: string | undefined, { hasLink, hasClip }: Links): boolean {
  if (saysError(job)) return false
  const isDone = wholePercent(job.progress) === 100
  if (word !== undefined) return hasClip && isDone
  const isOne = Number(job.progress) === 1
  return (hasLink && isDone) || (hasClip && (isOne || wholePercent(job.progress) === undefined))
}

/**
 * Some say nothing but where the clip is, or that by a word of their own, such as moderated for one that was let pass.
 * What is called ready before there is one may be ready to be made.
 */
function statusIn(
  job: Fields,
  word: string | undefined,
  { isMade, hasClip }: { isMade: boolean; hasClip: boolean },
): VideoStatus {
  const status = statusOf(word ?? '')
  if (status === 'unrecognised') return isMade ? 'completed' : status
  if (isMade && isBlockedWord(word ?? '') && categoryOf(readReason(job)) !== 'moderation') return 'completed'
  const progress = wholePercent(job.progress)
  const isEarly = isReadyWord(word ?? '') && !hasClip && progress !== undefined && progress < 100
  return isEarly ? 'queued' : status
}

/** The clip may be named beside the job, but not where the answer is a list of several. */
function linksIn(body: unknown, job: Fields, base: URL | undefined): string[] {
  const clips = (from: unknown) => clipLinks(from, base).filter((link) => !isVideosOwn(link, base))
  const links = clips(job)
  const lists = [body, at(body, 'data'), at(body, 'data.data')]
  if (links.length > 0 || lists.some((list) => Array.isArray(list) && list.length > 1)) return links
  return clips(body)
}

/** Some call a video completed that they keep back for what it shows. */
function verdictIn(
  body: unknown,
  job: Fields,
  word: string | undefined,
  status: VideoStatus,
  urls: string[],
): Pick<Video, 'status' | 'error'> {
  const isOver = status !== 'queued' && status !== 'in_progress'
  const blocked = isOver ? blockOf(body, urls.length > 0) : undefined
  if (blocked) return { status: status === 'cancelled' ? status : ('failed' as const), error: blocked }
  if (status !== 'failed' && status !== 'cancelled') return { status, error: undefined }
  const own = readReason(job)
  const reason = isTelling(own) ? own : readReason(body)
  if (word && isBlockedWord(word) && !categoryOf(reason))
    return { status, error: { message: `upstream says ${word}`, ...reason, code: 'moderation_blocked' } }
  return { status, error: isTelling(reason) ? reason : undefined }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function sourceOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : textOf(value)
  return text && URL.canParse(text) && /^https?:/i.test(text) ? undefined : text
}

function wholePercent(progress: unknown): number | undefined {
  const value = typeof progress === 'string' ? Number.parseFloat(progress) : progress
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  return Math.max(0, Math.min(100, Math.floor(value)))
}

function length(seconds: unknown): string | undefined {
  const isText = typeof seconds === 'string' || typeof seconds === 'number'
  const value = isText ? Number.parseFloat(String(seconds)) : Number.NaN
  return Number.isFinite(value) ? String(value) : undefined
}
