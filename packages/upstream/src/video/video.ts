import type { ExternalTaskId } from '@reelay/contracts/task'
import { isPlainText } from '@reelay/contracts/text'
import { at, type Fields } from '../answer/fields.ts'
import { firstAt } from '../answer/places.ts'
import type { Links, Reading } from '../dialect/reading.ts'
import { categoryOf } from '../errors/category.ts'
import { blockOf, isTelling, type Reason, readReason } from '../errors/reason.ts'
import { absolute, clipLinks, isVideosOwn, mayTellOf } from './clip-links.ts'
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
  thumbnailUrl?: string | undefined
  error?: Reason | undefined
}

type Told = {
  job: Fields
  word: string | undefined
  progress: unknown
  hasLink: boolean
  hasClip: boolean
}

export type ReadContext = {
  reading: Reading
  id?: ExternalTaskId
  base?: URL
  source?: ExternalTaskId | undefined
  /** An item of a list is no envelope: what it holds is its own. */
  isListed?: boolean
}

/** 0.29 of 1 is 29 of 100. */
const ROUNDING = 1e-9
const LONGEST = { model: 128, size: 64 }

/** The video that an answer tells of. Without an id of its own it may be that of the video that was asked for. */
export function readVideo(
  answer: unknown,
  { id: known, base, source, isListed, reading }: ReadContext,
): Video | undefined {
  const { ids, links } = reading
  const isWhole = isListed || known !== undefined
  const body = isWhole ? answer : withoutEnvelopeId(withoutSource(answer, source, ids), reading)
  const found = findJob(body, reading, known)
  if (!found?.id) return undefined
  const { job, id, word } = found
  const urls = saysError(body) ? [] : linksIn(body, job, links, base)
  const progress = progressOf(job, reading)
  const tells = word !== undefined || urls.length > 0 || progress !== undefined
  if (known !== undefined && !tells && !isNamed(job, known, ids)) return undefined
  const names = namesIn(job, ids)
  const hasClip = urls.some((link) => !mayTellOf(id, link, links, base))
  const told: Told = { job, word, progress, hasLink: urls.length > 0, hasClip }
  const { status, error } = verdictIn(body, told, statusIn(told, reading), reading)
  return {
    id,
    names: names.length > 1 ? names : undefined,
    status,
    rawStatus: word ?? '',
    progress: percentOf(progress, reading),
    createdAt: firstAt(job, reading.created, instantOf),
    prompt: firstAt(job, reading.prompt, textOf),
    remixedFrom: firstAt(job, reading.source, sourceOf),
    model: firstAt(job, reading.model, (value) => wordOf(value, LONGEST.model)),
    size: firstAt(job, reading.size, (value) => wordOf(value, LONGEST.size)),
    seconds: firstAt(job, reading.seconds, length),
    url: urls[0],
    urls: urls.length > 0 ? urls : undefined,
    thumbnailUrl: firstAt(job, reading.thumbnails, (value) => addressIn(value, base)),
    error,
  }
}

/** Whether the clip is there, by where it is and how far it is; without a word 1 is all of it, and 100 vouches for any link. */
function isAllMade({ job, word, progress, hasLink, hasClip }: Told, reading: Reading): boolean {
  if (saysError(job)) return false
  const percent = percentOf(progress, reading)
  const isDone = percent === 100
  if (word !== undefined) return hasClip && isDone
  const isOne = Number(progress) === 1
  return reading.endsByLink && ((hasLink && isDone) || (hasClip && (isOne || percent === undefined)))
}

/**
 * Some say nothing but where the clip is, or that by a word of their own, such as moderated for one that was let pass.
 * What is called ready before there is one may be ready to be made.
 */
function statusIn(told: Told, reading: Reading): VideoStatus {
  const { job, word = '', hasClip } = told
  const { words, errors } = reading
  const status = statusOf(word, words)
  const isMade = isAllMade(told, reading)
  if (status === 'unrecognised') return isMade ? 'completed' : status
  if (isMade && isBlockedWord(word, words) && categoryOf(readReason(job, errors)) !== 'moderation')
    return 'completed'
  const percent = percentOf(told.progress, reading)
  const isEarly = isReadyWord(word, words) && !hasClip && percent !== undefined && percent < 100
  return isEarly ? 'queued' : status
}

/** The clip may be named beside the job, but not where the answer is a list of several. */
function linksIn(body: unknown, job: Fields, links: Links, base: URL | undefined): string[] {
  const clips = (from: unknown) => {
    return clipLinks(from, links, base).filter((link) => !isVideosOwn(link, links, base))
  }
  const ofJob = clips(job)
  if (ofJob.length > 0 || body === job) return ofJob
  const lists = [body, at(body, 'data'), at(body, 'data.data')]
  return lists.some((list) => Array.isArray(list) && list.length > 1) ? ofJob : clips(body)
}

/** Some call a video completed that they keep back for what it shows. */
function verdictIn(
  body: unknown,
  { job, word, hasLink }: Told,
  status: VideoStatus,
  { words, errors, blocked: signs }: Reading,
): Pick<Video, 'status' | 'error'> {
  const isOver = status !== 'queued' && status !== 'in_progress'
  const blocked = isOver ? blockOf(body, hasLink, signs) : undefined
  if (blocked) return { status: status === 'cancelled' ? status : ('failed' as const), error: blocked }
  if (status !== 'failed' && status !== 'cancelled') return { status, error: undefined }
  const isPlaced = errors.code.length + errors.message.length > 0
  const own = readReason(isPlaced ? body : job, errors)
  const reason = isTelling(own) ? own : readReason(body, errors)
  if (word && isBlockedWord(word, words) && !categoryOf(reason))
    return { status, error: { message: `upstream says ${word}`, ...reason, code: 'moderation_blocked' } }
  return { status, error: isTelling(reason) ? reason : undefined }
}

function wordOf(value: unknown, longest: number): string | undefined {
  return typeof value === 'string' && isPlainText(value, 1, longest) ? value : undefined
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function addressIn(value: unknown, base: URL | undefined): string | undefined {
  return typeof value === 'string' ? absolute(value.trim(), base) : undefined
}

function sourceOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : textOf(value)
  return text && URL.canParse(text) && /^https?:/i.test(text) ? undefined : text
}

function progressOf(job: Fields, { progress }: Reading): unknown {
  return firstAt(job, progress.places, (value) => value)
}

function percentOf(progress: unknown, { progress: { whole } }: Reading): number | undefined {
  const value = typeof progress === 'string' ? Number.parseFloat(progress) : progress
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  return Math.max(0, Math.min(100, Math.floor((value * 100) / whole + ROUNDING)))
}

function length(seconds: unknown): string | undefined {
  const isText = typeof seconds === 'string' || typeof seconds === 'number'
  const value = isText ? Number.parseFloat(String(seconds)) : Number.NaN
  return Number.isFinite(value) ? String(value) : undefined
}
