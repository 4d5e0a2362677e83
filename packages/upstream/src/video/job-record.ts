import type { ExternalTaskId } from '@reelay/contracts/task'
import { type Fields, isFields } from '../answer/fields.ts'
import { firstAt, type Steps } from '../answer/places.ts'
import type { Ids, Reading, Words } from '../dialect/reading.ts'
import { allEnvelopes, envelopes, recordsIn } from './envelopes.ts'
import { idIn, isNamed } from './ids.ts'
import { isRequestWord, statusOf } from './status-words.ts'

export type JobRecord = { job: Fields; id?: ExternalTaskId | undefined; word?: string | undefined }

/** What the envelope of a new video may say of the request: it counts only where the same part is about a video. */
const envelopeWord = /^(success|ok|error|fail|failure)$/i
const signsOfAVideo = ['progress', 'model', 'object', 'prompt', 'created_at', 'task_status']
const surerSigns = ['progress', 'prompt', 'task_status']
const fineCode = /^(0+|1|20\d|success|succeeded|ok)?$/i

/**
 * Finds the video in an answer, in whatever envelope. `known` is its id where the request named one: of several
 * videos only that one is meant.
 */
export function findJob(body: unknown, reading: Reading, known?: ExternalTaskId): JobRecord | undefined {
  const { ids, words } = reading
  const records = recordsIn(body, allEnvelopes, known && { id: known, ids })
  const told = records.filter((record) => {
    return wordOf(record, words) !== undefined && !isMereEnvelope(record, records, reading, known)
  })
  const named = records.filter((record) => known !== undefined && isNamed(record, known, ids))
  const job =
    named.find((record) => told.includes(record)) ??
    theJob(told, ids, known) ??
    named[0] ??
    records.find(hasSign) ??
    records[0]
  if (!job) return undefined
  return {
    job,
    id: known ?? newId(body, job, records, ids),
    word: wordOf(told.includes(job) ? job : (told[0] ?? {}), words),
  }
}

export function isJob(body: unknown, id: ExternalTaskId, reading: Reading): boolean {
  const { ids, words } = reading
  const { job = {}, word = '' } = findJob(body, reading, id) ?? {}
  const isItsOwn = isNamed(job, id, ids)
  if (isRequestWord(word, words)) return isItsOwn && isOfVideo(job)
  return isItsOwn || isVideo(job) || (!ids.isRepeated && isOfVideo(job))
}

export function saysError(body: unknown): boolean {
  if (!isFields(body)) return false
  const { error, code, success } = body
  const isError = isFields(error) ? Object.values(error).some(Boolean) : Boolean(error)
  const isCode = typeof code === 'string' || typeof code === 'number'
  return isError || success === false || (isCode && !fineCode.test(String(code)))
}

function theJob(told: Fields[], ids: Ids, known: ExternalTaskId | undefined): Fields | undefined {
  const withId = known === undefined && told.find((record) => idIn(record, ids))
  return withId || told[0]
}

function isMereEnvelope(
  record: Fields,
  records: Fields[],
  { ids, words }: Reading,
  known: ExternalTaskId | undefined,
): boolean {
  if (!words.isUsual) return false
  const word = wordOf(record, words) ?? ''
  if (known !== undefined) {
    const status = statusOf(word, words)
    const isAbout = status === 'failed' || status === 'cancelled' ? isOfVideo : hasSign
    return isRequestWord(word, words) && !isNamed(record, known, ids) && !isAbout(record)
  }
  if (!envelopeWord.test(word) || hasSign(record)) return false
  return record !== records.findLast((inner) => idIn(inner, ids) && wordOf(inner, words))
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

function newId(body: unknown, job: Fields, records: Fields[], ids: Ids): ExternalTaskId | undefined {
  const outer = records.length > 1 ? recordsIn(body, envelopes) : records
  const own = [job, ...outer]
  const requestId = saysError(body) ? [] : own
  const firstIn = (within: Fields[], places?: Steps[]) => firstId(within, ids, places)
  const task = outer.includes(job) ? undefined : firstIn(outer, ids.plain)
  return task ?? firstIn(own) ?? firstIn(requestId, ids.ofRequest) ?? firstIn(records)
}

function firstId(records: Fields[], ids: Ids, places?: Steps[]): ExternalTaskId | undefined {
  for (const record of records) {
    const id = idIn(record, ids, places)
    if (id !== undefined) return id
  }
  return undefined
}

export function isUnderWay(record: Fields, words: Words): boolean {
  return /^(queued|in_progress)$/.test(statusOf(wordOf(record, words) ?? '', words))
}

/** The word for how it goes. A number such as 200 is the answer's status, not the video's. */
export function wordOf(record: Fields, { places }: Words): string | undefined {
  return firstAt(record, places, (value) => {
    if (typeof value === 'number') return value >= 200 && value < 300 ? undefined : String(value)
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
  })
}
