import type { FastifyReply, FastifyRequest } from 'fastify'

const limit = 10_000

export interface LoggedRequest {
  method: string
  path: string
  videoId: string | null
  /** Milliseconds since the epoch, by the real clock. */
  at: number
  endedAt: number | null
  /** Null while unanswered, and for ever if the connection ended first. */
  status: number | null
}

export interface RequestLog {
  record(request: FastifyRequest, reply: FastifyReply): Promise<void>
  recent(): LoggedRequest[]
  reset(): void
}

export function createRequestLog(): RequestLog {
  let entries: LoggedRequest[] = []

  return {
    async record(request, reply) {
      const { id = null } = request.params as { id?: string }
      const { method, url: path } = request
      const entry: LoggedRequest = { method, path, videoId: id, at: Date.now(), endedAt: null, status: null }
      entries.push(entry)
      if (entries.length > limit) entries.shift()

      reply.raw.once('close', () => {
        entry.endedAt = Date.now()
        if (reply.raw.writableFinished) entry.status = reply.raw.statusCode
      })
    },

    recent: () => entries,

    reset() {
      entries = []
    },
  }
}
