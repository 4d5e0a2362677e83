import type { VideoId } from '@reelay/contracts/task'
import { getTableColumns, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { type TaskRow, videoTasks } from '../schema.ts'

const LINEAGE_MAX_DEPTH = 100
const LINEAGE_MAX_TASKS = 1000

export function createLineage(db: Database) {
  return {
    /**
     * A task's ancestors (root first) and all its descendants (parents before children), in one round trip; the deleted
     * among them, too, but nothing of a deleted task. `truncated` says that depth or size was cut.
     */
    async lineage(userId: string, videoId: VideoId) {
      const rows = await db
        .select({ task: getTableColumns(videoTasks), depth: sql<number>`node.depth` })
        .from(videoTasks)
        .innerJoin(nodesAround(userId, videoId), sql`node.video_id = ${videoTasks.videoId}`)
        .orderBy(sql`node.depth`, videoTasks.createdAt, videoTasks.videoId)

      const kept = nearest(rows).filter(({ depth }) => Math.abs(depth) <= LINEAGE_MAX_DEPTH)
      const above = kept.filter(({ depth }) => depth < 0).map(({ task }) => task)
      const below = kept.filter(({ depth }) => depth > 0).map(({ task }) => task)
      return {
        ancestors: above.reverse(),
        task: kept.find(({ depth }) => depth === 0)?.task,
        descendants: below.slice(0, LINEAGE_MAX_TASKS),
        truncated: kept.length < rows.length || below.length > LINEAGE_MAX_TASKS,
      }
    },
  }
}

/** One more of each than may be shown, to learn whether there are more. */
function nodesAround(userId: string, videoId: VideoId) {
  return sql`(
    with recursive up as (
      select video_id, metadata ->> 'remix_from' as parent, 0 as depth from video_tasks
      where video_id = ${videoId} and user_id = ${userId} and deleted_at is null
      union all
      select t.video_id, t.metadata ->> 'remix_from', up.depth - 1
      from up join video_tasks t on t.video_id = up.parent and t.user_id = ${userId}
      where up.depth >= ${-LINEAGE_MAX_DEPTH}
    ), down as (
      select video_id, 0 as depth from up where depth = 0
      union all
      select t.video_id, down.depth + 1
      from down join video_tasks t on t.metadata ->> 'remix_from' = down.video_id and t.user_id = ${userId}
      where down.depth <= ${LINEAGE_MAX_DEPTH}
    )
    select video_id, depth from up where depth < 0
    union all
    (select video_id, depth from down limit ${LINEAGE_MAX_TASKS + 2})
  ) as node`
}

type Node = { task: TaskRow; depth: number }

/** In a circle, which only a row written by hand can close, a task comes again and again: the nearest counts. */
function nearest(nodes: Node[]): Node[] {
  const seen = new Set<VideoId>()
  return nodes
    .toSorted((a, b) => Math.abs(a.depth) - Math.abs(b.depth))
    .filter(({ task }) => !seen.has(task.videoId) && seen.add(task.videoId))
}
