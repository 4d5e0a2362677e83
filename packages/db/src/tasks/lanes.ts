import { PollTrouble } from '@reelay/contracts/jobs'
import type { Lane } from '@reelay/contracts/lanes'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Database } from '../client.ts'
import { literal } from '../literals.ts'
import { credentialOrFirst, phaseOf, type TaskRow, videoTasks } from '../schema.ts'

type Accepted = { externalTaskId: ExternalTaskId; acceptedAt: Date }

/** A task as its polls need it. */
export type ProcessingTask = Pick<TaskRow, keyof typeof stored> &
  Accepted & { isImport: boolean; hasPrompt: boolean }

/** Whose attempt made which video. */
export type FollowedVideo = Pick<ProcessingTask, 'videoId' | 'attempt' | 'externalTaskId'>

export function isProcessing(task: TaskRow): task is TaskRow & Accepted & { status: 'PROCESSING' } {
  return task.status === 'PROCESSING'
}

const OfAttempt = PollTrouble.extend({ attempt: z.int() })
const none: PollTrouble = {}

/** Empty where there is none, where it is that of an earlier attempt, and where it was written by hand. */
export function pollTroubleOf({
  attempt,
  pollTrouble,
}: Pick<TaskRow, 'attempt' | 'pollTrouble'>): PollTrouble {
  if (pollTrouble === null) return none
  const { attempt: of, ...trouble } = OfAttempt.safeParse(pollTrouble).data ?? {}
  return of === attempt ? trouble : none
}

const stored = {
  videoId: videoTasks.videoId,
  attempt: videoTasks.attempt,
  externalTaskId: videoTasks.externalTaskId,
  credential: videoTasks.credential,
  acceptedAt: videoTasks.acceptedAt,
  progress: videoTasks.progress,
  overdue: videoTasks.overdue,
  pollTrouble: videoTasks.pollTrouble,
  autoRetriesUsed: videoTasks.autoRetriesUsed,
  model: videoTasks.model,
  size: videoTasks.size,
  seconds: videoTasks.seconds,
}

const columns = {
  ...stored,
  isImport: sql<boolean>`${videoTasks.metadata} ->> 'type' is not distinct from 'import'`,
  hasPrompt: sql<boolean>`${videoTasks.prompt} <> ''`,
}

const credential = credentialOrFirst(videoTasks)
const phase = phaseOf(videoTasks)
const processing = sql`${videoTasks.status} = ${literal('PROCESSING')}`

export function createLaneReads(db: Database) {
  const ofLane = db
    .select(columns)
    .from(videoTasks)
    .where(
      sql`${processing} and ${credential} = ${sql.placeholder('credential')}
        and ${phase} = ${sql.placeholder('phase')}`,
    )
    .prepare('of_lane')

  return {
    /** All tasks that are polled with this lane. */
    async ofLane(lane: Lane): Promise<ProcessingTask[]> {
      // The table has no PROCESSING task without a video.
      return (await ofLane.execute(lane)) as ProcessingTask[]
    },

    /** The lanes that have a task: looked up one after another, however many tasks each has. */
    lanes(): Promise<Lane[]> {
      const first = (after: typeof phase) => sql`
        select ${credential} as credential, ${phase} as phase from ${videoTasks}
        where ${processing} ${after} order by 1, 2 limit 1`
      return db.execute<Lane>(sql`
        with recursive lane as (
          (${first(sql``)})
          union all
          select following.* from lane cross join lateral (
            ${first(sql`and (${credential}, ${phase}) > (lane.credential, lane.phase)`)}
          ) following
        )
        select credential, phase::int from lane`)
    },
  }
}
