import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { TaskUpdate } from '@reelay/contracts/task-update'
import { createParser } from 'eventsource-parser'
import { expect, onTestFinished, vi } from 'vitest'
import { noteEvent } from './document-check.ts'
import type { Headers } from './test-app.ts'

export type Received = {
  id: string | undefined
  type: string
  timestamp: number
  payload: TaskUpdate['payload']
}

export type FeedClient = Awaited<ReturnType<typeof openFeed>>

type Options = { token?: string; query?: Record<string, string>; headers?: Headers }

/** Opens a feed of a credential that lasts for a few seconds, for longer where the machine is too slow for that. */
export async function openBeforeExpiry(open: (seconds: number) => Promise<FeedClient>): Promise<FeedClient> {
  for (let seconds = 3; ; seconds *= 2) {
    const feed = await open(seconds)
    if (feed.status === 200) return feed
    expect(feed.status).toBe(401)
  }
}

/** A listener on a real socket that keeps all it hears. It leaves when the test is over. */
export async function openFeed(origin: string, { token, query = {}, headers = {} }: Options = {}) {
  const url = new URL(`/api/sse/task-updates?${new URLSearchParams(query)}`, origin)
  const authorization: Headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const request = get(url, { agent: false, headers: { ...authorization, ...headers } })
  request.on('error', () => {})
  onTestFinished(() => void request.destroy())
  const [response] = (await once(request, 'response')) as [IncomingMessage]

  const events: Received[] = []
  const comments: string[] = []
  const retries: number[] = []
  let text = ''
  let outcome: 'open' | 'ended' | 'cut' = 'open'
  const parser = createParser({
    onEvent: ({ id, data }) => {
      const event = JSON.parse(data) as Omit<Received, 'id'>
      noteEvent(event)
      events.push({ id, ...event })
    },
    onComment: (comment) => comments.push(comment),
    onRetry: (ms) => retries.push(ms),
  })
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    text += chunk
    parser.feed(chunk)
  })
  response.on('end', () => {
    outcome = 'ended'
  })
  response.on('error', () => {
    outcome = 'cut'
  })

  return {
    status: response.statusCode,
    headers: response.headers,
    events,
    comments,
    retries,
    text: () => text,
    outcome: () => outcome,
    /** What was heard of tasks, pings left out. */
    updates: () => events.filter(({ type }) => type === 'taskUpdate'),
    deleted: () => events.filter(({ type }) => type === 'taskDeleted'),
    /** Versions of a task in the order they came. */
    versions: (videoId: string) =>
      events.filter(({ payload }) => payload?.videoId === videoId).map(({ payload }) => payload.version),
    /** The first update of a task that fits, as soon as it is there. */
    heard: (videoId: string, fits: (payload: TaskUpdate['payload']) => boolean = () => true) =>
      vi.waitFor(
        () => {
          const found = events.find(({ payload }) => payload?.videoId === videoId && fits(payload))
          if (!found) throw new Error(`nothing heard of ${videoId} yet`)
          return found
        },
        { interval: 10 },
      ),
    /** How the stream came to its end. */
    end: () =>
      vi.waitFor(
        () => {
          if (outcome === 'open') throw new Error('still open')
          return outcome
        },
        { interval: 10 },
      ),
    pause: () => response.pause(),
    resume: () => response.resume(),
    leave: () => request.destroy(),
  }
}
