import { isTerminal } from '@reelay/contracts/lifecycle'
import type { FeedUpdate } from '@reelay/contracts/task-update'

/** What is told of one task, serialised once for all who listen, and only if somebody wants it. */
export type FeedEvent = {
  videoId: string
  version: number
  /** Of the move, by the database's clock; the event's id. */
  timestamp: number
  terminal: boolean
  frame: () => string
}

export function feedEvent(update: FeedUpdate): FeedEvent {
  const { videoId, version } = update.payload
  const { timestamp } = update
  let frame: string | undefined
  return {
    videoId,
    version,
    timestamp,
    terminal: update.type === 'taskDeleted' || isTerminal(update.payload.status),
    frame() {
      // JSON has no line breaks and the id is a number: nothing in a task can end a field or an event.
      frame ??= `id: ${timestamp}\ndata: ${JSON.stringify(update)}\n\n`
      return frame
    },
  }
}
