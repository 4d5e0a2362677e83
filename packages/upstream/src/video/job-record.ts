import type { ExternalTaskId } from '@reelay/contracts/task'
import { type Fields, firstOf, isFields } from '../answer/fields.ts'
import { allEnvelopes, envelopes, recordsIn } from './envelopes.ts'
import { idIn, idNames, isNamed, plainNames, requestIdNames } from './ids.ts'
import { isRequestWord, statusOf } from './status-words.ts'

export type JobRecord = { job: Fields; id?: ExternalTaskId | undefined; word?: string | undefined }

const wordPlaces = ['status', 'state', 'task_status', 'taskStatus', 'job_status', 'video_status'].flatMap(
  (name) => [name, `${name}.status`, `${name}.state`, `${name}.name`],
)
/** What the envelope of a new video may say of the request: it counts only where the same part is about a video. */
const envelopeWord = /^(success|ok|error|fail|failure)$/i
const signsOfAVideo = ['progress', 'model', 'object', 'prompt', 'created_at', 'task_status']
const surerSigns = ['progress', 'prompt', 'task_status']
const fineCode = /^(0+|1|20\d|success|succeeded|ok)?$/i

/**
 * Finds the video in an answer, in whatever envelope. `known` is its id where the request named one: of several
 * videos only that one is meant.
 */
export function findJob(body: unknown, known?: ExternalTaskId): JobRecord | undefined {
  const records = recordsIn(body, allEnvelopes, known)
  const told = records.filter(
    (record) => wordOf(record) !== undefined && !isMereEnvelope(record, records, known),
  )
  const named = records.filter((record) => known !== undefined && isNamed(record, known))
  const job =
    named.find((record) => told.includes(record)) ??
    theJob(told, known) ??
    named[0] ??
    records.find(hasSign) ??
    records[0]
  if (!job) return undefined
  return {
    job,
    id: known ?? newId(body, job, records),
    word: told.includes(job) ? wordOf(job) : wordOf(told[0] ?? {}),
  }
}

export function isJob(body: unknown, id: ExternalTaskId): boolean {
  const { job = {}, word = '' } = findJob(body, id) ?? {}
  if (isRequestWord(word)) return isNamed(job, id) && isOfVideo(job)
  return isNamed(job, id) || isVideo(job)
}

export function saysError(body: unknown): boolean {
  if (!isFields(body)) return false
  const { error, code, success } = body
  const isError = isFields(error) ? Object.values(error).some(Boolean) : Boolean(error)
  const isCode = typeof code === 'string' || typeof code === 'number'
  return isError || success === false || (isCode && !fineCode.test(String(code)))
}

function theJob(told: Fields[], known: ExternalTaskId | undefined): Fields | undefined {
  const withId = known === undefined && told.find((record) => idIn(record))
  return withId || told[0]
}

function isMereEnvelope(record: Fields, records: Fields[], known: ExternalTaskId | undefined): boolean {
  const word = wordOf(record) ?? ''
  if (known !== undefined) {
    const isAbout = statusOf(word) === 'failed' || statusOf(word) === 'cancelled' ? isOfVideo : hasSign
    return isRequestWord(word) && !isNamed(record, known) && !isAbout(record)
  }
  if (!envelopeWord.test(word) || hasSign(record)) return false
  return record !== records.findLast((inner) => firstId([inner], idNames) && wordOf(inner))
}

function hasSign(record: Fields): boolean {
  return signsOfAVideo.some((name) => record[name] !== undefined)
}

function isOfVideo(record: Fields): boolean {
  const { video, videos, video_url } = record
  const hasClip = isFields(video) || Array.isArray(videos) || typeof video_url === 'string'
  return hasClip || isVideo(record) || surerSigns.some((name) => record[name] !== undefined)
}

export function isVideo({ object }: Fields): boolean {
  return typeof object === 'string' && object.startsWith('video')
}

function newId(body: unknown, job: Fields, records: Fields[]): ExternalTaskId | undefined {
  const outer = recordsIn(body, envelopes)
  const own = [job, ...outer]
  const requestId = saysError(body) ? [] : own
  const task = outer.includes(job) ? undefined : firstId(outer, plainNames)
  return task ?? firstId(own, idNames) ?? firstId(requestId, requestIdNames) ?? firstId(records, idNames)
}

function firstId(records: Fields[], names: string[]): ExternalTaskId | undefined {
  for (const record of records) {
    const id = idIn(record, names)
    if (id !== undefined) return id
  }
  return undefined
}

export function isUnderWay(record: Fields): boolean {
  return /^(queued|in_progress)$/.test(statusOf(wordOf(record) ?? ''))
}

/** The word for how it goes. A number such as 200 is the answer's status, not the video's. */
export function wordOf(record: Fields): string | undefined {
  return firstOf(record, wordPlaces, (value) => {
    if (typeof value === 'number') return value >= 200 && value < 300 ? undefined : String(value)
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
  })
}
