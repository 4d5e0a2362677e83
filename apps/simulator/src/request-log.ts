import type { FastifyReply, FastifyRequest } from 'fastify'

const limit = 10_000

/**
 * The key is told by its name, and is null when that is unknown or not needed. Times are milliseconds since the epoch,
 * by the real clock. The status is null while unanswered, and for ever if the connection ended first.
 */
export interface LoggedRequest {
  method: string
  path: string
  videoId: string | null
  key: string | null
  traceparent: string | null
  at: number
  endedAt: number | null
  status: number | null
}

export interface RequestLog {
  record(request: FastifyRequest, reply: FastifyReply): Promise<void>
  recordKey(request: FastifyRequest): Promise<void>
  recent(): LoggedRequest[]
  reset(): void
}

export function createRequestLog(): RequestLog {
  let entries: LoggedRequest[] = []
  const entryOf = new WeakMap<FastifyRequest, LoggedRequest>()

  return {
    async record(request, reply) {
      const { id: videoId = null } = request.params as { id?: string }
      const { method, url: path } = request
      const traceparent = String(request.headers.traceparent ?? '') || null
      const asked = { method, path, videoId, traceparent, at: Date.now() }
      const entry: LoggedRequest = { ...asked, key: null, endedAt: null, status: null }
      entries.push(entry)
      entryOf.set(request, entry)
      if (entries.length > limit) entries.shift()

      reply.raw.once('close', () => {
        entry.endedAt = Date.now()
        if (reply.raw.writableFinished) entry.status = reply.raw.statusCode
      })
    },

    async recordKey(request) {
      const entry = entryOf.get(request)
      if (entry) entry.key = request.key?.name ?? null
    },

    recent: () => entries,

    reset() {
      entries = []
    },
  }
}
