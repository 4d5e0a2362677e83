import type { ExternalTaskId } from '@reelay/contracts/task'
import { at } from '../answer/fields.ts'
import type { Reading } from '../dialect/reading.ts'
import { readReason } from '../errors/reason.ts'
import { findJob } from '../video/job-record.ts'
import { withoutRequestIds } from '../video/other-ids.ts'
import { readVideo, type Video } from '../video/video.ts'
import { namesVideo } from './doubt.ts'

/**
 * The video that a success says was made. An id of the request is its name where it has no other, but not beside a
 * failure or a message: then it may be an error's.
 */
export function videoMade(
  body: unknown,
  source: ExternalTaskId | undefined,
  reading: Reading,
): Video | undefined {
  const video = readVideo(body, { source, reading })
  if (!video) return undefined
  const { status } = video
  const goesOn = status === 'queued' || status === 'in_progress' || status === 'completed'
  const hasMessage = readReason(body, reading.errors).message !== undefined
  const mayBeError = hasFailed(video) || (!goesOn && hasMessage)
  return mayBeError ? readVideo(withoutRequestIds(body, reading.ids), { source, reading }) : video
}

/** The record of a video that hasn't failed, in an answer that says no. An id of the request names none there. */
export function videoInSpite(
  body: unknown,
  source: ExternalTaskId | undefined,
  reading: Reading,
): Video | undefined {
  const video = readVideo(withoutRequestIds(body, reading.ids), { source, reading })
  if (!video || hasFailed(video) || !namesVideo(body, reading, source)) return undefined
  const object = String(at(findJob(body, reading)?.job, 'object') ?? '')
  const isRecord = /^video(?!.*(delet|error))/.test(object)
  return isRecord || video.status !== 'unrecognised' ? video : undefined
}

function hasFailed({ status }: Video): boolean {
  return status === 'failed' || status === 'cancelled'
}
