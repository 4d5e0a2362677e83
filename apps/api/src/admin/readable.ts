import type { FastifyReply } from 'fastify'

/** In place of a job's state while nobody can be asked for it. */
export const notKnown = 'not known: Redis gives no answer'

/** Sends what is for programs and the curious. */
export function sendReadable(reply: FastifyReply, data: object): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(JSON.stringify({ success: true, data }, null, 2))
}
