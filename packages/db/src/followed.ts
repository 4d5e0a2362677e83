import { setTimeout as sleep } from 'node:timers/promises'
import type { VideoId } from '@reelay/contracts/task'
import { sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { type TaskRow, videoTasks } from './schema.ts'

/** What following a task takes of its row. */
export type Followed = Pick<TaskRow, keyof typeof columns>

const columns = {
  videoId: videoTasks.videoId,
  attempt: videoTasks.attempt,
  status: videoTasks.status,
  externalTaskId: videoTasks.externalTaskId,
  acceptedAt: videoTasks.acceptedAt,
  progress: videoTasks.progress,
  overdue: videoTasks.overdue,
  autoRetriesUsed: videoTasks.autoRetriesUsed,
  metadata: videoTasks.metadata,
}

/** Thousands of polls a second are cheap together and not alone; none of them minds so short a wait. */
const GATHER_MS = 2

type Batch = { ids: Set<VideoId>; rows: Promise<Map<VideoId, Followed>> }

/** Reads for polls. */
export function createFollowedReads(db: Database) {
  const read = db
    .select(columns)
    .from(videoTasks)
    .where(sql`${videoTasks.videoId} = any(string_to_array(${sql.placeholder('ids')}, ','))`)
    .prepare('followed')
  let batch: Batch | undefined

  return {
    /** A task as a poll needs it. Those asked for at about the same time share a query, made after all of them asked. */
    async findFollowed(videoId: VideoId): Promise<Followed | undefined> {
      batch ??= gather()
      batch.ids.add(videoId)
      return (await batch.rows).get(videoId)
    },
  }

  function gather(): Batch {
    const ids = new Set<VideoId>()
    return { ids, rows: readSoon(ids) }
  }

  async function readSoon(ids: Set<VideoId>): Promise<Map<VideoId, Followed>> {
    await sleep(GATHER_MS)
    batch = undefined
    const rows = await read.execute({ ids: [...ids].join() })
    return new Map(rows.map((row) => [row.videoId, row]))
  }
}
