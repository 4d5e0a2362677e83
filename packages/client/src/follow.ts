import type { TaskStatus } from '@reelay/contracts/lifecycle'
import type { TaskUpdate } from '@reelay/contracts/task-update'
import type { CallOptions } from './call.ts'
import { type FeedDeps, type FeedOptions, readFeed } from './feed.ts'
import { createNewest } from './newest.ts'

export type TaskState = TaskUpdate['payload']

export type WatchOptions = Omit<FeedOptions, 'videoId'> & {
  /** One of the tasks was deleted: no list has it any more. */
  onDeleted?: ((videoId: string) => void) | undefined
}

const ended: ReadonlySet<TaskStatus> = new Set<TaskStatus>(['COMPLETED', 'FAILED', 'CANCELLED'])

export function createFollow(feed: FeedDeps) {
  return {
    /** A task's states as they come, the present one first, until it has ended. Comes back by itself after a cut. */
    async *follow(videoId: string, { signal }: CallOptions = {}): AsyncGenerator<TaskState, void, undefined> {
      const isNews = createNewest()
      for await (const message of readFeed({ videoId, signal }, feed)) {
        if (message.type !== 'taskUpdate' || !isNews(message.payload)) continue
        yield message.payload
        if (ended.has(message.payload.status)) return
      }
    },

    /** The states of all one's tasks, without an end: those unfinished or ended lately first, then as they come. */
    async *watch(options: WatchOptions = {}): AsyncGenerator<TaskState, void, undefined> {
      const isNews = createNewest()
      for await (const message of readFeed(options, feed)) {
        if (message.type === 'taskDeleted') options.onDeleted?.(message.payload.videoId)
        if (message.type === 'taskUpdate' && isNews(message.payload)) yield message.payload
      }
    },
  }
}
