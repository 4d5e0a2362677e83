import type { TaskUpdate } from '@reelay/contracts/task-update'
import { createParser } from 'eventsource-parser'
import { ReelayError } from './errors.ts'

export type FeedMessage = TaskUpdate | { type: 'ping' }

type ReadOptions = { headers: Record<string, string>; signal: AbortSignal | undefined }

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000

/**
 * Reads the feed for as long as its reader goes on, over as many connections as that takes. Each new one
 * starts where the last one ended. Throws ReelayError when the api says no for good (a 4xx).
 */
export async function* readEvents(url: URL, { headers, signal }: ReadOptions): AsyncGenerator<FeedMessage> {
  let lastEventId: string | undefined
  for (let failures = 0; ; failures += 1) {
    signal?.throwIfAborted()
    try {
      const resume = lastEventId ? { 'last-event-id': lastEventId } : {}
      const response = await fetch(url, { headers: { ...headers, ...resume }, signal: signal ?? null })
      if (response.status === 204) return
      if (!response.ok || !response.body) {
        throw new ReelayError(response.status, (await response.json().catch(() => ({}))) as object)
      }
      const messages: FeedMessage[] = []
      const parser = createParser({
        onEvent: ({ id, data }) => {
          lastEventId = id ?? lastEventId
          messages.push(JSON.parse(data) as FeedMessage)
        },
      })
      for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
        failures = 0
        parser.feed(text)
        yield* messages.splice(0)
      }
    } catch (error) {
      if (error instanceof ReelayError && error.status < 500 && error.status !== 429) throw error
    }
    await pause(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures) * (0.5 + Math.random() / 2), signal)
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const end = () => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end)
      resolve()
    }, ms)
    signal?.addEventListener('abort', end, { once: true })
  })
}
