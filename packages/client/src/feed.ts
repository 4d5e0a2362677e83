import type { FeedUpdate } from '@reelay/contracts/task-update'
import { createParser } from 'eventsource-parser'
import { backoff, openDeadline, sleep } from './deadline.ts'
import { errorOf, ReelayError } from './errors.ts'

export type FeedMessage = FeedUpdate | { type: 'ping' } | { type: 'overloaded' }

/** `ended` is what the api does to each connection after a while; the next one follows at once. */
export type FeedConnection = 'open' | 'ended' | 'lost'

export type FeedOptions = {
  videoId?: string | undefined
  signal?: AbortSignal | undefined
  onConnection?: ((connection: FeedConnection) => void) | undefined
}

export type FeedDeps = {
  baseUrl: string
  headers: Record<string, string>
  ticket?: ((options: { signal?: AbortSignal | undefined }) => Promise<string>) | undefined
  silenceMs: number
}

const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 30_000

type Progress = {
  lastEventId?: string | undefined
  retryMs: number
  failures: number
  ticketRefused: boolean
}

/**
 * Reads the feed for as long as its reader goes on, over as many connections as that takes. Each new one
 * starts where the last one ended. Throws ReelayError when the api says no for good.
 */
export async function* readFeed(
  options: FeedOptions,
  deps: FeedDeps,
): AsyncGenerator<FeedMessage, void, undefined> {
  const progress: Progress = { retryMs: FIRST_WAIT_MS, failures: 0, ticketRefused: false }
  for (;;) {
    let askedMs = 0
    try {
      const ended = yield* readConnection(options, progress, deps)
      if (ended) return
      options.onConnection?.('ended')
    } catch (error) {
      if (!(error instanceof ReelayError) || !isPassing(error)) throw error
      options.onConnection?.('lost')
      progress.failures += 1
      askedMs = error.retryAfterMs ?? 0
    }
    const ownMs = backoff(Math.max(0, progress.failures - 1), {
      firstMs: progress.retryMs,
      longestMs: LONGEST_WAIT_MS,
    })
    await sleep(Math.max(askedMs, ownMs), options.signal)
  }
}

async function* readConnection(
  { videoId, signal, onConnection }: FeedOptions,
  progress: Progress,
  { baseUrl, headers, ticket, silenceMs }: FeedDeps,
): AsyncGenerator<FeedMessage, boolean, undefined> {
  const url = new URL('/api/sse/task-updates', baseUrl)
  if (videoId) url.searchParams.set('videoId', videoId)
  // Not as a header, which would need leave from CORS.
  if (progress.lastEventId) url.searchParams.set('lastEventId', progress.lastEventId)
  if (ticket) url.searchParams.set('ticket', await ticket({ signal }))

  const deadline = openDeadline(silenceMs, signal)
  try {
    const asked = { accept: 'text/event-stream', ...(!ticket && headers) }
    const response = await deadline.wait(
      fetch(url, { headers: asked, cache: 'no-store', signal: deadline.signal }),
    )
    const wasRefused = progress.ticketRefused
    progress.ticketRefused = response.status === 401 && ticket !== undefined
    if (progress.ticketRefused && !wasRefused) throw staleTicket()
    if (response.status === 204) return isOver(progress)
    if (!response.ok) throw await deadline.wait(errorOf(response))
    const stream = response.body
    if (!stream || !response.headers.get('content-type')?.startsWith('text/event-stream'))
      throw new ReelayError(response.status, { code: 'no_feed', message: 'this address answers no feed' })

    onConnection?.('open')
    const reader = stream.getReader()
    const parse = createFeedParser(progress)
    for (;;) {
      const { done, value } = await deadline.wait(reader.read())
      if (done) return false
      progress.failures = 0
      yield* parse(value)
    }
  } finally {
    deadline.close()
  }
}

/**
 * Nothing newer than the last event. That event need not have been the task's last, as two moves may share a
 * millisecond, so the task is asked for its state once more, from the start.
 */
function isOver(progress: Progress): boolean {
  if (progress.lastEventId === undefined) return true
  progress.lastEventId = undefined
  return false
}

function createFeedParser(progress: Progress): (bytes: Uint8Array) => FeedMessage[] {
  const decoder = new TextDecoder()
  let messages: FeedMessage[] = []
  const parser = createParser({
    onEvent({ id, data }) {
      messages.push(JSON.parse(data) as FeedMessage)
      progress.lastEventId = id || progress.lastEventId
    },
    onRetry(ms) {
      progress.retryMs = ms
    },
  })
  return (bytes) => {
    messages = []
    parser.feed(decoder.decode(bytes, { stream: true }))
    return messages
  }
}

function isPassing({ status }: ReelayError): boolean {
  return status === 0 || status >= 500 || status === 429
}

/** A ticket can grow old on its way; two in a row are refused for their owner's sake, who may be deleted. */
function staleTicket(): ReelayError {
  return new ReelayError(0, { code: 'ticket_refused', message: 'the ticket was not taken' })
}
