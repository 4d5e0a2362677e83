import { isTerminal } from '@reelay/contracts/lifecycle'
import type { TaskUpdate } from '@reelay/contracts/task-update'

/** One task's state, serialised once for all who listen, and only if somebody wants it. */
export type FeedEvent = {
  videoId: string
  version: number
  /** Of the move, by the database's clock; the event's id. */
  timestamp: number
  terminal: boolean
  frame: () => string
}

export function feedEvent(update: TaskUpdate): FeedEvent {
  const { videoId, version, status } = update.payload
  const { timestamp } = update
  let frame: string | undefined
  return {
    videoId,
    version,
    timestamp,
    terminal: isTerminal(status),
    frame() {
      // JSON has no line breaks and the id is a number: nothing in a task can end a field or an event.
      frame ??= `id: ${timestamp}\ndata: ${JSON.stringify(update)}\n\n`
      return frame
    },
  }
}
