import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from './clock.ts'
import type { Dialect } from './dialect.ts'

export function createStamp(clock: Clock, spoken: () => Dialect) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    reply.header('x-request-id', request.id)
    if (!reply.hasHeader('date')) reply.header('date', new Date(clock.now()).toUTCString())
    if (!spoken().hasOpenaiHeaders) return
    const processingMs = Math.round(reply.elapsedTime)
    reply.headers({ 'openai-version': '2020-10-01', 'openai-processing-ms': processingMs })
  }
}

export function requestId(): string {
  return `req_${randomBytes(16).toString('hex')}`
}
