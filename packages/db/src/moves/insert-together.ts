import type { VideoId } from '@reelay/contracts/task'
import DataLoader from 'dataloader'
import { sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { isUnavailable } from '../errors.ts'
import type { videoTasks } from '../schema.ts'
import { POSITION_STOPS_AT } from '../tasks/queue-reads.ts'

export type NewTaskRow = Pick<
  typeof videoTasks.$inferInsert,
  | 'videoId'
  | 'userId'
  | 'clientRequestId'
  | 'requestHash'
  | 'prompt'
  | 'model'
  | 'size'
  | 'seconds'
  | 'metadata'
  | 'pinnedTo'
>

type Queued = { position: number; createdAt: Date }

const MOST_AT_ONCE = 100

/**
 * Inserts a QUEUED task and returns what it has become, or nothing when its name or its key is there. What
 * is asked for in the same turn of the event loop shares a statement.
 */
export function createInsertTogether(db: Database) {
  const loader = new DataLoader<NewTaskRow, Queued | undefined>((tasks) => insertTogether(db, tasks), {
    cache: false,
    maxBatchSize: MOST_AT_ONCE,
    batchScheduleFn: setImmediate,
  })
  return (task: NewTaskRow): Promise<Queued | undefined> => loader.load(task)
}

/** One that Postgres refuses takes no other with it. */
async function insertTogether(
  db: Database,
  tasks: readonly NewTaskRow[],
): Promise<(Queued | undefined | Error)[]> {
  try {
    return await insertAll(db, tasks)
  } catch (error) {
    if (tasks.length === 1 || isUnavailable(error)) throw error
    return Promise.all(
      tasks.map((task) =>
        insertAll(db, [task]).then(
          ([queued]) => queued,
          (refusal: Error) => refusal,
        ),
      ),
    )
  }
}

async function insertAll(db: Database, tasks: readonly NewTaskRow[]): Promise<(Queued | undefined)[]> {
  // In the order of their keys, so that two statements with the same keys never wait for each other.
  const rows = await db.execute<Inserted>(sql`
    insert into video_tasks
      (video_id, user_id, client_request_id, request_hash, prompt, model, size, seconds, metadata,
        pinned_to)
    select "videoId", "userId", "clientRequestId", "requestHash", prompt, model, size, seconds,
      coalesce(metadata, '{}'), "pinnedTo"
    from jsonb_to_recordset(${JSON.stringify(tasks)}::jsonb) as task (
      "videoId" text, "userId" uuid, "clientRequestId" text, "requestHash" text, prompt text, model text,
      size text, seconds text, metadata jsonb, "pinnedTo" text
    )
    order by "userId", "clientRequestId"
    on conflict do nothing
    returning video_id as "videoId", (
      select count(*)::int from (
        select from video_tasks q where q.user_id = video_tasks.user_id and q.status = 'QUEUED'
        limit ${POSITION_STOPS_AT}
      ) ahead
    ) as ahead, (extract(epoch from created_at) * 1000)::float8 as "createdAt"`)
  return queuedOf(tasks, new Map(rows.map((row) => [row.videoId, row])))
}

type Inserted = { videoId: VideoId; ahead: number; createdAt: number }

/** Those inserted together don't see each other: `ahead` counts what was there before. */
function queuedOf(tasks: readonly NewTaskRow[], rows: Map<VideoId, Inserted>): (Queued | undefined)[] {
  const together = new Map<string, number>()
  return tasks.map(({ videoId, userId }) => {
    const row = rows.get(videoId)
    if (row === undefined) return undefined
    const others = (together.get(userId) ?? 0) + 1
    together.set(userId, others)
    return { position: row.ahead + others, createdAt: new Date(row.createdAt) }
  })
}
