import type { Database } from './client.ts'
import { createFeedReads } from './tasks/feed-reads.ts'
import { createFinds } from './tasks/finds.ts'
import { createLaneReads } from './tasks/lanes.ts'
import { createLineage } from './tasks/lineage.ts'
import { createTaskList } from './tasks/list.ts'
import { createQueueReads } from './tasks/queue-reads.ts'
import { createRequestReads } from './tasks/request-reads.ts'
import { createSearch } from './tasks/search.ts'
import { createSourceRead } from './tasks/source.ts'
import { createSweepReads } from './tasks/sweep-reads.ts'
import { createTimeline } from './tasks/timeline.ts'

export type Tasks = ReturnType<typeof createTasks>

/** Reads of tasks, and nothing else. What a user asks for names the user, so that nobody reads another's. */
export function createTasks(db: Database) {
  return {
    ...createFinds(db),
    ...createRequestReads(db),
    ...createSourceRead(db),
    ...createTaskList(db),
    ...createLineage(db),
    ...createTimeline(db),
    ...createFeedReads(db),
    ...createQueueReads(db),
    ...createLaneReads(db),
    ...createSweepReads(db),
    ...createSearch(db),
  }
}
