import { PollTrouble } from '@reelay/contracts/jobs'
import type { ExternalTaskId, VideoId } from '@reelay/contracts/task'
import DataLoader from 'dataloader'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Database } from '../client.ts'
import { type TaskRow, videoTasks } from '../schema.ts'

export type Followed = Pick<TaskRow, Exclude<keyof typeof columns, 'hasPrompt'>> & { hasPrompt?: boolean }

export type ProcessingTask = Followed & Accepted

type Accepted = {
  status: 'PROCESSING'
  externalTaskId: ExternalTaskId
  acceptedAt: Date
}

export function isProcessing<T extends Followed>(task: T): task is T & Accepted {
  return task.status === 'PROCESSING'
}

const OfAttempt = PollTrouble.extend({ attempt: z.int() })

/** Empty where there is none, where it is that of an earlier attempt, and where it was written by hand. */
export function pollTroubleOf({
  attempt,
  pollTrouble,
}: Pick<TaskRow, 'attempt' | 'pollTrouble'>): PollTrouble {
  const { attempt: of, ...trouble } = OfAttempt.safeParse(pollTrouble).data ?? {}
  return of === attempt ? trouble : {}
}

const columns = {
  videoId: videoTasks.videoId,
  attempt: videoTasks.attempt,
  status: videoTasks.status,
  externalTaskId: videoTasks.externalTaskId,
  credential: videoTasks.credential,
  acceptedAt: videoTasks.acceptedAt,
  progress: videoTasks.progress,
  overdue: videoTasks.overdue,
  pollTrouble: videoTasks.pollTrouble,
  autoRetriesUsed: videoTasks.autoRetriesUsed,
  metadata: videoTasks.metadata,
  model: videoTasks.model,
  size: videoTasks.size,
  seconds: videoTasks.seconds,
  hasPrompt: sql<boolean>`${videoTasks.prompt} <> ''`,
}

/** Thousands of polls a second are cheap together and not alone; none of them minds so short a wait. */
const GATHER_MS = 10

export function createFollowedReads(db: Database) {
  const read = db
    .select(columns)
    .from(videoTasks)
    .where(sql`${videoTasks.videoId} = any(string_to_array(${sql.placeholder('ids')}, ','))`)
    .prepare('followed')
  const loader = new DataLoader<VideoId, Followed | undefined>(
    async (ids) => {
      const rows = await read.execute({ ids: ids.join() })
      const found = new Map(rows.map((row) => [row.videoId, row]))
      return ids.map((id) => found.get(id))
    },
    { cache: false, batchScheduleFn: (send) => setTimeout(send, GATHER_MS) },
  )

  return {
    /** A task as a poll needs it. Those asked for at about the same time share a query, made after all of them asked. */
    findFollowed: (videoId: VideoId): Promise<Followed | undefined> => loader.load(videoId),
  }
}
