import type { VideoId } from '@reelay/contracts/task'
import { desc, eq, getTableColumns } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { taskEvents } from '../schema.ts'

const TIMELINE_MAX_EVENTS = 1000

const { videoId: _, id: __, ...columns } = getTableColumns(taskEvents)

export function createTimeline(db: Database) {
  return {
    /** What happened to a task, whosever it is, oldest first. `truncated` says that older events are left out. */
    async timeline(videoId: VideoId) {
      const newest = await db
        .select(columns)
        .from(taskEvents)
        .where(eq(taskEvents.videoId, videoId))
        .orderBy(desc(taskEvents.id))
        .limit(TIMELINE_MAX_EVENTS + 1)
      return {
        events: newest.slice(0, TIMELINE_MAX_EVENTS).reverse(),
        truncated: newest.length > TIMELINE_MAX_EVENTS,
      }
    },
  }
}
