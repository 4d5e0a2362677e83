import type { VideosFailure } from '@reelay/contracts/videos'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type ApiErrorCode, apiErrors } from '../http/api-errors.ts'
import type { ApiError } from '../http/errors.ts'

type ErrorType = VideosFailure['error']['type']

const types: Record<number, ErrorType> = {
  401: 'authentication_error',
  403: 'permission_error',
  429: 'rate_limit_error',
}

/** What a client may try again as it is: a limit of ours is over soon, and what is not ready will be. */
const worthARetry: readonly ApiErrorCode[] = [
  'rate_limited',
  'too_many_unfinished',
  'too_many_feeds',
  'not_completed',
  'source_not_completed',
]

/** Whether a request is one to the Videos API, whose failures have a shape of their own. */
export function isForVideosApi({ url }: { url: string }): boolean {
  return /^\/+v1(?:[/?#]|$)/.test(url)
}

/** Answers with an error as official SDKs read it, and tells them whether to send the request again, and when. */
export function videosFailure(
  error: ApiError,
  { id }: FastifyRequest,
  reply: FastifyReply,
): { status: number; body: VideosFailure } {
  const status = statusOf(error.code, codeOf(error))
  const waitSeconds = reply.getHeader('retry-after')
  reply.header('x-request-id', id)
  if (waitSeconds !== undefined) reply.header('retry-after-ms', Number(waitSeconds) * 1000)
  if (status < 500 && !worthARetry.includes(error.code)) reply.header('x-should-retry', 'false')
  return { status, body: failureOf(error) }
}

export function failureOf(error: ApiError): VideosFailure {
  const code = codeOf(error)
  const status = statusOf(error.code, code)
  const type = types[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error')
  const param = fieldsOf(error)[0]?.field ?? null
  return { error: { message: messageOf(error), type, param, code } }
}

/** Upstream's own code for what upstream refused. */
function codeOf({ code, details }: ApiError): string {
  const { upstreamCode } = (details ?? {}) as { upstreamCode?: string | null }
  return upstreamCode || code
}

/** SDKs take 422 for a bug of theirs, and a clip that is not there yet for one that is not there. */
export function statusOf(native: ApiErrorCode, code: string = native): number {
  if (code === 'insufficient_quota') return 429
  if (native === 'not_completed') return 404
  const { status } = apiErrors[native]
  return status === 422 ? 400 : status
}

function messageOf(error: ApiError): string {
  const { upstreamMessage } = (error.details ?? {}) as { upstreamMessage?: string | null }
  if (upstreamMessage) return upstreamMessage
  const { en } = apiErrors[error.code]
  const fields = fieldsOf(error).map(({ field, message }) => `${field} ${message}`)
  return fields.length > 0 ? `${en}: ${fields.join('; ')}` : en
}

function fieldsOf({ problems, details }: ApiError): { field: string; message: string }[] {
  if (problems) return problems.map(({ field, problem }) => ({ field, message: problem.en }))
  return Array.isArray(details) ? details.filter((each) => typeof each?.field === 'string') : []
}
