import type { ExternalTaskId } from '@reelay/contracts/task'
import { type Answer, isSuccess, retryAfter, type Scrub, upstreamError } from './answer/answer.ts'
import type { Reading } from './dialect/reading.ts'
import { isJob } from './video/job-record.ts'
import { readPage } from './video/page.ts'
import { isMissingWord } from './video/status-words.ts'
import { type ReadContext, readVideo, type Video } from './video/video.ts'

export type RetrieveOutcome =
  | { kind: 'video'; video: Video; pollAfterMs?: number | undefined }
  | { kind: 'missing' }
  | Trouble

/** A read that told nothing. `limited`: upstream has had too many of them. */
export type Trouble = {
  kind: 'trouble'
  reason: string
  limited?: boolean | undefined
  retryAfterMs?: number | undefined
}

export type ListOutcome =
  | {
      kind: 'page'
      videos: Video[]
      next?: ExternalTaskId | undefined
      hasMore?: boolean | undefined
      date?: number | undefined
    }
  | (Trouble & { noRoute?: boolean })

/** What an answer to a look at one video means. What says that the video has ended is believed with any status. */
export function retrieveOutcome(
  answer: Answer,
  scrub: Scrub,
  asked: Required<Pick<ReadContext, 'id' | 'base' | 'reading'>>,
): RetrieveOutcome {
  const { status, body, bodyError } = answer
  const { words, missing, pendingOn } = asked.reading
  const video = bodyError ? undefined : readVideo(body, asked)
  if (video && isMissingWord(video.rawStatus, words)) return { kind: 'missing' }
  if (video && (isSuccess(answer) || (hasEnded(video) && isJob(body, asked.id, asked.reading))))
    return look(answer, video, scrub)
  const saysPending = pendingOn.has(status)
  if (missing.codes.has(upstreamError(body).code ?? '')) return { kind: 'missing' }
  if (missing.statuses.has(status) && !saysPending) return { kind: 'missing' }
  // Some servers have nothing to say of a video until it is done.
  const isPending = !bodyError && (saysPending || (isSuccess(answer) && answer.isEmpty))
  if (isPending) return look(answer, { id: asked.id, status: 'in_progress', rawStatus: '' }, scrub)
  return trouble(answer, 'answer without a video')
}

function hasEnded({ status }: Video): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled'
}

function look(answer: Answer, video: Video, scrub: Scrub): RetrieveOutcome {
  const pollAfterMs = Number(answer.header('openai-poll-after-ms') ?? Number.NaN)
  return {
    kind: 'video',
    video: { ...video, error: scrubbed(video.error, scrub) },
    pollAfterMs: pollAfterMs > 0 && Number.isFinite(pollAfterMs) ? pollAfterMs : retryAfter(answer),
  }
}

const noRoute = new Set([404, 405, 501])

export function listOutcome(answer: Answer, reading: Reading): ListOutcome {
  const page = answer.bodyError ? undefined : readPage(answer.body, reading)
  if (!isSuccess(answer) || !page) {
    return { ...trouble(answer, 'answer without a list'), noRoute: noRoute.has(answer.status) }
  }
  const { videos, size, lastId, hasMore } = page
  const isLast = hasMore === false || isLastBySize(size, reading)
  const date = Date.parse(answer.header('date') ?? '')
  return {
    kind: 'page',
    videos,
    next: !isLast && videos.length > 0 ? lastId : undefined,
    hasMore,
    date: Number.isNaN(date) ? undefined : date,
  }
}

function isLastBySize(size: number, { list }: Reading): boolean {
  return list?.end === 'whole' || list?.after === null || (list?.end === 'short-page' && size < list.pageSize)
}

export function trouble(answer: Answer, ifSuccess: string): Trouble {
  return {
    kind: 'trouble',
    reason: isSuccess(answer)
      ? (answer.bodyError?.message ?? ifSuccess)
      : `upstream answered ${answer.status}`,
    limited: answer.status === 429,
    retryAfterMs: retryAfter(answer),
  }
}

function scrubbed(error: Video['error'], scrub: Scrub): Video['error'] {
  if (!error) return undefined
  const { code, type, message, means } = error
  return {
    ...{ code: code && scrub(code), type: type && scrub(type), message: message && scrub(message) },
    ...(means && { means }),
  }
}
