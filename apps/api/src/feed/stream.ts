import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FeedEvent } from './event.ts'
import { createOutbox } from './outbox.ts'

export type FeedStream = ReturnType<typeof openFeedStream>

const head = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}
const BACK_SOON_MS = 1000
const BACK_LATER_MS = 30_000

/** One client's event stream. Nothing is written to a socket that is gone. */
export function openFeedStream(reply: FastifyReply) {
  const { raw } = reply
  const sent = new Map<string, number>()
  const outbox = createOutbox(raw)
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
      outbox.add(event)
    },

    beat(kind: 'comment' | 'ping'): void {
      if (raw.destroyed || endedAt !== undefined || outbox.isFull()) return
      raw.write(kind === 'ping' ? 'data: {"type":"ping"}\n\n' : ':beat\n\n')
    },

    /** Since when (ms, monotonic) the client has not taken what waits for it, or the end. */
    stuckSince: () => outbox.fullSince() ?? endedAt,

    /** A normal end, after which an EventSource comes back by itself. What still waits is sent first. */
    end(): void {
      if (endedAt !== undefined) return
      endedAt = performance.now()
      flush()
    },

    cut: () => raw.destroy(),
  }

  function flush(): void {
    if (!raw.destroyed && outbox.flush() && endedAt !== undefined) endConnection(raw)
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
 * Sends the head, with all that hooks have set, and takes the connection from Fastify. What the plugins for this go on
 * with is a queue that nothing bounds, and 7 KiB more a client (fastify-sse-v2).
 */
function start(reply: FastifyReply): void {
  reply.hijack()
  const { raw } = reply
  for (const [name, value] of Object.entries({ ...reply.getHeaders(), ...head }))
    if (value !== undefined) raw.setHeader(name, value)
  raw.writeHead(200).flushHeaders()
}
