import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FeedEvent } from './event.ts'

export type FeedStream = ReturnType<typeof openFeedStream>

const BACK_SOON_MS = 1000
const BACK_LATER_MS = 30_000

/**
 * One client's event stream. A full one keeps the newest state of each task instead of a growing buffer, and
 * nothing is written to a socket that is gone. Each event is one write: a parser drops half of one.
 */
export function openFeedStream(reply: FastifyReply) {
  const { raw } = reply
  const sent = new Map<string, number>()
  let waiting: Map<string, FeedEvent> | undefined
  let fullSince: number | undefined
  let endedAt: number | undefined

  start(reply)
  forgetToken(reply.request)
  raw.write(`retry: ${BACK_SOON_MS + Math.floor(Math.random() * 3 * BACK_SOON_MS)}\n:reelay\n\n`)
  raw.on('drain', flush)

  return {
    /** Sends a task's state unless the client has it already; a full stream gets it later, or a newer one. */
    send(event: FeedEvent): void {
      if (raw.destroyed || endedAt !== undefined || event.version <= (sent.get(event.videoId) ?? 0)) return
      sent.set(event.videoId, event.version)
      waiting?.delete(event.videoId)
      if (waiting || isFull()) wait(event)
      else raw.write(event.frame())
    },

    /** Keeps proxies awake, and lets a page tell a dead stream. Never adds to a stream that is full. */
    beat(kind: 'comment' | 'ping'): void {
      if (raw.destroyed || endedAt !== undefined || isFull()) return
      raw.write(kind === 'ping' ? 'data: {"type":"ping"}\n\n' : ':beat\n\n')
    },

    /** Since when (ms, monotonic) the client has not taken what waits for it, or the end. */
    stuckSince: () => fullSince ?? endedAt,

    /** A normal end, after which an EventSource comes back by itself. What still waits is sent first. */
    end(): void {
      if (endedAt !== undefined) return
      endedAt = performance.now()
      flush()
    },

    cut: () => raw.destroy(),
  }

  /** Few streams are ever full, so this map is made only then: ten thousand would have it for nothing. */
  function wait(event: FeedEvent): void {
    waiting ??= new Map()
    waiting.set(event.videoId, event)
  }

  function flush(): void {
    if (raw.destroyed) return
    for (const [videoId, event] of waiting ?? []) {
      if (isFull()) return
      waiting?.delete(videoId)
      raw.write(event.frame())
    }
    waiting = undefined
    if (!raw.writableNeedDrain) fullSince = undefined
    if (endedAt !== undefined) endConnection(raw)
  }

  function isFull(): boolean {
    // Only what `drain` follows may count as full: by any other measure what waits would wait for ever.
    if (raw.writableNeedDrain) fullSince ??= performance.now()
    return raw.writableNeedDrain
  }
}

/** Tells an EventSource to come back: any other answer than a stream that ends would end it for good. */
export function turnAway(reply: FastifyReply, why: 'overloaded' | 'unavailable'): void {
  start(reply)
  const least = why === 'overloaded' ? BACK_LATER_MS : BACK_SOON_MS
  const retry = Math.round(least * (1 + Math.random()))
  endConnection(
    reply.raw,
    `retry: ${retry}\n\n${why === 'overloaded' ? 'data: {"type":"overloaded"}\n\n' : ''}`,
  )
}

/** Kept alive, it would wait for another request, even of a client that lost its power long ago. */
function endConnection(raw: ServerResponse, last = ''): void {
  const { socket } = raw
  raw.once('finish', () => socket?.destroySoon())
  raw.end(last)
}

/** Its headers stay as long as the stream, and the token is most of them. */
function forgetToken({ raw }: FastifyRequest): void {
  raw.headers.authorization = undefined
  raw.rawHeaders = []
}

/**
 * The only caller of `reply.sse`: the plugin sends the head, with all headers that hooks have set, and lets go.
 * What it would go on with is a queue that nothing bounds, and seven KiB more a client.
 */
function start(reply: FastifyReply): void {
  reply.header('x-accel-buffering', 'no')
  reply.raw.once('pipe', (source) => source.unpipe(reply.raw))
  reply.sse({ comment: 'never written' })
  reply.sseContext.source.end()
  Object.assign(reply, { sseContext: undefined })
}
