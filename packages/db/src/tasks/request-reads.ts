import { and, desc, eq, gt, inArray, isNull, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { type TaskRow, videoTasks } from '../schema.ts'

type Request = Pick<TaskRow, 'userId' | 'requestHash'> & { clientRequestId?: string | null | undefined }

export function createRequestReads(db: Database) {
  return {
    /** The task that a request stands for already, be it deleted: by its key, or without one when it is a re-send. */
    async findRequest(
      { userId, clientRequestId, requestHash }: Request,
      resent: boolean,
    ): Promise<TaskRow | undefined> {
      if (!clientRequestId && !resent) return undefined
      const same = clientRequestId
        ? eq(videoTasks.clientRequestId, clientRequestId)
        : and(
            isNull(videoTasks.clientRequestId),
            eq(videoTasks.requestHash, requestHash),
            gt(videoTasks.createdAt, sql`statement_timestamp() - interval '5 minutes'`),
          )
      const [task] = await db
        .select()
        .from(videoTasks)
        .where(and(eq(videoTasks.userId, userId), same))
        .orderBy(desc(videoTasks.createdAt))
        .limit(1)
      return task
    },

    findByRequestIds(userId: string, clientRequestIds: string[]): Promise<TaskRow[]> {
      return db
        .select()
        .from(videoTasks)
        .where(
          and(
            eq(videoTasks.userId, userId),
            inArray(videoTasks.clientRequestId, clientRequestIds),
            isNull(videoTasks.deletedAt),
          ),
        )
        .orderBy(videoTasks.createdAt, videoTasks.videoId)
    },
  }
}
