import type { ServerResponse } from 'node:http'
import type { FeedEvent } from './event.ts'

/**
 * Writes events to a client; while its socket is full, keeps the newest state of each task instead of a growing
 * buffer. Each event is one write: a parser drops half of one.
 */
export function createOutbox(raw: ServerResponse) {
  // Few sockets are ever full, so this map is made only then: ten thousand would have it for nothing.
  let waiting: Map<string, FeedEvent> | undefined
  let fullSince: number | undefined

  return {
    isFull,

    fullSince: () => fullSince,

    add(event: FeedEvent): void {
      waiting?.delete(event.videoId)
      if (!waiting && !isFull()) {
        raw.write(event.frame())
        return
      }
      waiting ??= new Map()
      waiting.set(event.videoId, event)
    },

    /** Whether nothing is left. */
    flush(): boolean {
      for (const [videoId, event] of waiting ?? []) {
        if (isFull()) return false
        waiting?.delete(videoId)
        raw.write(event.frame())
      }
      waiting = undefined
      if (!raw.writableNeedDrain) fullSince = undefined
      return true
    },
  }

  function isFull(): boolean {
    // Only what `drain` follows may count as full: by any other measure what waits would wait for ever.
    if (raw.writableNeedDrain) fullSince ??= performance.now()
    return raw.writableNeedDrain
  }
}
