import type { VideoId } from '@reelay/contracts/task'
import DataLoader from 'dataloader'
import { and, isNull, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { type TaskRow, videoTasks } from '../schema.ts'

export type Source = Pick<TaskRow, keyof typeof columns>

type OwnTask = { userId: string; videoId: VideoId }

const columns = {
  videoId: videoTasks.videoId,
  userId: videoTasks.userId,
  status: videoTasks.status,
  externalTaskId: videoTasks.externalTaskId,
  credential: videoTasks.credential,
  model: videoTasks.model,
  size: videoTasks.size,
  seconds: videoTasks.seconds,
  metadata: videoTasks.metadata,
  archive: videoTasks.archive,
  clip: videoTasks.clip,
}

export function createSourceRead(db: Database) {
  const isNamed = sql`${videoTasks.videoId} = any(string_to_array(${sql.placeholder('videoIds')}, ','))`
  const read = db
    .select(columns)
    .from(videoTasks)
    .where(and(isNamed, isNull(videoTasks.deletedAt)))
    .prepare('sources')
  const loader = new DataLoader<OwnTask, Source | undefined>(readTogether, {
    cache: false,
    batchScheduleFn: setImmediate,
  })

  return {
    /** What a remix takes of a user's own task. Those asked for in the same turn of the event loop share a query. */
    findSource: (userId: string, videoId: VideoId): Promise<Source | undefined> =>
      loader.load({ userId, videoId }),
  }

  async function readTogether(asked: readonly OwnTask[]): Promise<(Source | undefined)[]> {
    const rows = await read.execute({ videoIds: asked.map(({ videoId }) => videoId).join() })
    const sources = new Map(rows.map((row) => [row.videoId, row]))
    return asked.map(({ userId, videoId }) => {
      const source = sources.get(videoId)
      return source?.userId === userId ? source : undefined
    })
  }
}
