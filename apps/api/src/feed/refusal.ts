import { isUnavailable, loggableReason } from '@reelay/db/errors'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { ApiErrorCode } from '../http/api-errors.ts'
import { sendError } from '../http/error-handler.ts'
import { ApiError } from '../http/errors.ts'
import { isEventSource } from './identity.ts'
import { turnAway } from './stream.ts'

const passing: ApiErrorCode[] = ['too_many_feeds', 'overloaded', 'rate_limited']

/**
 * Answers a feed that is not opened. An EventSource takes every status but 200 for the end for good, so it gets
 * one only where coming back with the same address is of no use.
 */
export function refuseListener(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  if (!isEventSource(request)) return sendError(error, request, reply)
  if (error instanceof ApiError && passing.includes(error.code)) return turnAway(reply, 'overloaded')
  if (!isUnavailable(error)) return sendError(error, request, reply)
  request.log.warn({ reason: loggableReason(error) }, 'feed not opened')
  return turnAway(reply, 'unavailable')
}
