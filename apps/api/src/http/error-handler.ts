import { problems } from '@reelay/contracts/problems'
import type { Failure } from '@reelay/contracts/replies'
import { isForeignKeyViolation, isStorageFull, isUnavailable, loggableReason } from '@reelay/db/errors'
import { StoreError } from '@reelay/media/store'
import { RelayError } from '@reelay/relay/errors'
import { stackWithoutMessage } from '@reelay/telemetry/stack'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { isForVideosApi, videosFailure } from '../v1/failure.ts'
import { apiErrors } from './api-errors.ts'
import { ApiError, invalid } from './errors.ts'
import { preferredLanguage } from './language.ts'

const RETRY_AFTER_SECONDS = 2

/** Turns every error into the failure envelope. */
export function sendError(
  error: FastifyError | ApiError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  return fail(request, reply, translate(error, request))
}

/** For addresses that don't exist. Never echoes the address: it may carry a token. */
export function sendNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return fail(request, reply, new ApiError('not_found'))
}

function translate(error: FastifyError | ApiError, request: FastifyRequest): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof RelayError) return new ApiError(error.code, error.details)
  // Only tasks refer to anything, and what they refer to is their user.
  if (isForeignKeyViolation(error)) return new ApiError('unauthorized')
  if (error instanceof StoreError) {
    request.log.warn({ reason: error.message }, 'media store unavailable')
    return new ApiError('store_unavailable')
  }
  if (isUnavailable(error)) {
    request.log.warn({ reason: loggableReason(error) }, 'postgres unavailable')
    return new ApiError(isStorageFull(error) ? 'storage_full' : 'unavailable')
  }
  if (error.code === 'ENOSPC') {
    request.log.error({ reason: loggableReason(error) }, 'no space for what requests bring')
    return new ApiError('storage_full')
  }
  if (error.code === 'FST_ERR_MAX_PARAM_LENGTH' || error.statusCode === 414)
    return new ApiError('uri_too_long')
  if (error.statusCode === 413) return new ApiError('payload_too_large')
  if (error.statusCode === 415) return new ApiError('unsupported_media_type')
  if (error.code === 'FST_ERR_BAD_URL') return invalid('path', problems.wellFormed)
  if ((error.statusCode !== undefined && error.statusCode < 500) || isBadForm(error)) {
    return invalid('body', problems.wellFormed)
  }
  const told = { reason: loggableReason(error), stack: stackWithoutMessage(error) }
  // What a request brought goes with its client.
  if (request.socket.destroyed) request.log.info(told, 'request left by its client')
  else request.log.error(told, 'request failed')
  return new ApiError('internal')
}

/** The form parser's errors carry neither code nor status. */
function isBadForm({ message }: Error): boolean {
  return formProblems.some((problem) => message.includes(problem))
}

const formProblems = [
  'Multipart: Boundary not found',
  'The needle cannot have a length bigger than 256.',
  'Unexpected end of multipart data',
  'unexpected end of multipart data',
]

export function explain(
  error: FastifyError | ApiError,
  request: FastifyRequest,
): { status: number; message: string } {
  const { code } = translate(error, request)
  const entry = apiErrors[code]
  return { status: entry.status, message: entry[languageOf(request)] }
}

function fail(request: FastifyRequest, reply: FastifyReply, error: ApiError): FastifyReply {
  const { status: native } = apiErrors[error.code]
  if ((native === 503 || native === 429) && !reply.hasHeader('retry-after'))
    reply.header('retry-after', RETRY_AFTER_SECONDS)
  // What Fastify refuses before any hook has run has no other safe header.
  reply.header('x-content-type-options', 'nosniff')
  const { status, body } = isForVideosApi(request)
    ? videosFailure(error, request, reply)
    : { status: native, body: failureOf(error, { language: languageOf(request), requestId: request.id }) }
  return reply.code(status).type('application/json; charset=utf-8').serializer(JSON.stringify).send(body)
}

export function failureOf(
  { code, problems, details }: ApiError,
  { language, requestId }: { language: 'en' | 'zh'; requestId: string },
): Failure {
  const message = apiErrors[code][language]
  const told = problems?.map(({ field, problem }) => ({ field, message: problem[language] })) ?? details
  return {
    success: false,
    code,
    error: message,
    message,
    ...(told !== undefined && { details: told }),
    requestId,
  }
}

function languageOf({ headers }: FastifyRequest): 'en' | 'zh' {
  return preferredLanguage(headers['accept-language'])
}
