import type { VideoId } from '@reelay/contracts/task'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { type TaskRow, videoTasks } from '../schema.ts'

export function createFinds(db: Database) {
  const isNamed = eq(videoTasks.videoId, sql.placeholder('videoId'))
  const isOwn = and(isNamed, eq(videoTasks.userId, sql.placeholder('userId')), isNull(videoTasks.deletedAt))
  const find = db.select().from(videoTasks).where(isNamed).prepare('find')
  const findOwn = db.select().from(videoTasks).where(isOwn).prepare('find_own')

  return {
    /** Whosever it is, and a deleted one, too. */
    async find(videoId: VideoId): Promise<TaskRow | undefined> {
      const [task] = await find.execute({ videoId })
      return task
    },

    async findOwn(userId: string, videoId: VideoId): Promise<TaskRow | undefined> {
      const [task] = await findOwn.execute({ videoId, userId })
      return task
    },
  }
}
