import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from './clock.ts'

export function createStamp(clock: Clock) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    reply.headers({
      'x-request-id': request.id,
      'openai-version': '2020-10-01',
      'openai-processing-ms': Math.round(reply.elapsedTime),
      date: new Date(clock.now()).toUTCString(),
    })
  }
}

export function requestId(): string {
  return `req_${randomBytes(16).toString('hex')}`
}
