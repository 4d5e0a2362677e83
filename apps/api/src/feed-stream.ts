import type { FastifyReply } from 'fastify'

/** One task's state, serialised once for all who listen. */
export type FeedEvent = { videoId: string; version: number; id: string; data: string; terminal: boolean }

export type FeedStream = ReturnType<typeof openFeedStream>

/**
 * One client's event stream, and the only caller of `reply.sse`. The plugin neither notices a client that
 * left nor bounds what a slow one leaves unread: here a full stream keeps the newest state of each task
 * instead, and nothing is written to a socket that is gone.
 */
export function openFeedStream(reply: FastifyReply, { onClose }: { onClose: () => void }) {
  const { raw } = reply
  const sent = new Map<string, number>()
  const waiting = new Map<string, FeedEvent>()
  let closed = raw.destroyed
  let ending = false
  let fullSince: number | undefined

  raw.once('close', () => {
    closed = true
    reply.sseContext?.source.end()
    onClose()
  })
  raw.on('drain', flush)

  if (!closed) {
    reply.header('x-accel-buffering', 'no')
    reply.sse({ retry: 1000 + Math.floor(Math.random() * 3000), comment: 'reelay' })
  }

  return {
    isClosed: () => closed,

    /** Sends a task's state unless the client has it already; a full stream gets it later, or a newer one. */
    send(event: FeedEvent): void {
      if (closed || ending || event.version <= (sent.get(event.videoId) ?? 0)) return
      sent.set(event.videoId, event.version)
      waiting.delete(event.videoId)
      if (waiting.size > 0 || isFull()) waiting.set(event.videoId, event)
      else write(event)
    },

    /** Keeps proxies awake, and lets a page tell a dead stream. Never adds to a stream that is full. */
    beat(kind: 'comment' | 'ping'): void {
      if (closed || ending || isFull()) return
      reply.sse(kind === 'ping' ? { data: '{"type":"ping"}' } : { comment: 'beat' })
    },

    /** Since when (ms, monotonic) the client has taken nothing although something waits. */
    fullSince: () => fullSince,

    /** A normal end, after which an EventSource comes back by itself. What still waits is sent first. */
    end(): void {
      ending = true
      flush()
    },

    cut: () => raw.destroy(),
  }

  function flush(): void {
    if (closed) return
    for (const [videoId, event] of waiting) {
      if (isFull()) return
      waiting.delete(videoId)
      write(event)
    }
    fullSince = undefined
    if (ending) reply.sseContext.source.end()
  }

  function write({ id, data }: FeedEvent): void {
    reply.sse({ id, data })
  }

  function isFull(): boolean {
    // Only what `drain` follows may count as full: by any other measure what waits would wait for ever.
    if (raw.writableNeedDrain) fullSince ??= performance.now()
    return raw.writableNeedDrain
  }
}
