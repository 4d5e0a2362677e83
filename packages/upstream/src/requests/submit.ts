import { type Answer, answerOf, type Head, isSuccess, reasonOf } from '../answer/answer.ts'
import { parseCutJson } from '../answer/loose-json.ts'
import { type Branch, put } from '../answer/places.ts'
import type { BodyText } from '../answer/read-body.ts'
import { CONNECT_TIMEOUT_MS, type Endpoint } from '../endpoint.ts'
import {
  NoAnswerError,
  NotAskedError,
  NotSentError,
  type Post,
  type SendOnceOptions,
  sendOnce,
} from '../submit/send-once.ts'
import { type InDoubt, type SubmitOutcome, submitOutcome } from '../submit/submit-outcome.ts'
import { videoAt } from '../video/location.ts'
import { withoutRequestIds } from '../video/other-ids.ts'
import { readVideo } from '../video/video.ts'
import { type Retrieve, withAddress } from './source-address.ts'
import { type SubmitRequest, submissionOf } from './submission.ts'

export type Permission = Pick<SendOnceOptions, 'record' | 'maySend'>

const MAX_SUBMIT_BYTES = 1024 * 1024

export async function submitVideo(
  request: SubmitRequest,
  permission: Permission,
  endpoint: Endpoint,
  retrieve: Retrieve,
): Promise<SubmitOutcome> {
  try {
    const source = request.source && (await withAddress(request.source, endpoint.dialect, retrieve))
    if (source && 'errorCode' in source) return source
    return await send({ ...request, source }, permission, endpoint)
  } catch (error) {
    return outcomeOfError(error, endpoint)
  }
}

async function send(
  request: SubmitRequest,
  permission: Permission,
  endpoint: Endpoint,
): Promise<SubmitOutcome> {
  const post = await submissionOf(request, endpoint)
  const { body, ...head } = await sendOnce(post, {
    ...permission,
    origin: endpoint.base.origin,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    timeoutMs: endpoint.submitTimeoutMs,
    sendWindowMs: endpoint.sendWindowMs,
    maxResponseBytes: MAX_SUBMIT_BYTES,
  })
  return readSubmitAnswer({ head, body }, { post, request, endpoint })
}

type Sent = { post: Pick<Post, 'path'>; request: Pick<SubmitRequest, 'source'>; endpoint: Endpoint }

export function readSubmitAnswer(
  { head, body }: { head: Head; body: BodyText },
  { post, request, endpoint }: Sent,
): SubmitOutcome {
  const { scrub, reading } = endpoint
  const parse = (text: string) => parseCutJson(text, reading.words)
  const answer = withPlace(answerOf(head, body.text, parse), post, request, endpoint)
  const source = request.source?.id
  const outcome = submitOutcome({ ...answer, bodyError: body.error }, { scrub, reading, source })
  const isCut = body.error && outcome.kind === 'in_doubt' && isSuccess(answer)
  return isCut ? inDoubt(body.error, endpoint) : outcome
}

function inDoubt(error: unknown, { scrub }: Pick<Endpoint, 'scrub'>): InDoubt {
  const isLate = error instanceof NoAnswerError
  return { kind: 'in_doubt', reason: scrub(reasonOf(error)), ...(isLate && { serverError: true }) }
}

function outcomeOfError(error: unknown, { scrub }: Pick<Endpoint, 'scrub'>): SubmitOutcome {
  if (!(error instanceof NotSentError)) return inDoubt(error, { scrub })
  // A failed record is the recorder's to explain: its error may carry what must not be logged.
  const reason = error.recorded ? error.message : scrub(reasonOf(error.cause ?? error))
  const notAsked = error instanceof NotAskedError
  return { kind: 'not_sent', recorded: error.recorded, reason, ...(notAsked && { notAsked }) }
}

/** Some answer a paid POST with nothing but the new video's address. */
function withPlace(
  answer: Answer,
  { path }: Sent['post'],
  { source }: Sent['request'],
  { base, prefix, reading }: Endpoint,
): Answer {
  const { status, body, header } = answer
  // 307 and 308 ask to send the same again: nothing was made.
  if (status < 200 || status >= 400 || status === 307 || status === 308) return answer
  const { ids, links } = reading
  if (links.videos === undefined) return answer
  if (readVideo(withoutRequestIds(body, ids), { source: source?.id, reading })) return answer
  const asked = { url: new URL(path, base), videos: `${prefix}${links.videos}`, sourceId: source?.id }
  const id = videoAt(header('location'), asked) ?? videoAt(header('operation-location'), asked)
  if (!id) return answer
  const named: Branch = {}
  put(named, ids.places[0] ?? [], id)
  return { ...answer, body: named }
}
