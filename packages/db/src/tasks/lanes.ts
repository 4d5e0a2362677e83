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
export type ProcessingTask = Accepted &
  Pick<
    TaskRow,
    | 'videoId'
    | 'attempt'
    | 'credential'
    | 'progress'
    | 'overdue'
    | 'pollTrouble'
    | 'autoRetriesUsed'
    | 'model'
    | 'size'
    | 'seconds'
  > & { isImport: boolean; hasPrompt: boolean }

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

const columns = sql`
  ${videoTasks.videoId} as "videoId",
  ${videoTasks.attempt},
  ${videoTasks.externalTaskId} as "externalTaskId",
  ${videoTasks.credential},
  (extract(epoch from ${videoTasks.acceptedAt}) * 1000)::float8 as "acceptedAt",
  ${videoTasks.progress},
  ${videoTasks.overdue},
  ${videoTasks.pollTrouble} as "pollTrouble",
  ${videoTasks.autoRetriesUsed} as "autoRetriesUsed",
  ${videoTasks.model},
  ${videoTasks.size},
  ${videoTasks.seconds},
  ${videoTasks.metadata} ->> 'type' is not distinct from 'import' as "isImport",
  ${videoTasks.prompt} <> '' as "hasPrompt"`

const credential = credentialOrFirst(videoTasks)
const phase = phaseOf(videoTasks)
const processing = sql`${videoTasks.status} = ${literal('PROCESSING')}`

export function createLaneReads(db: Database) {
  return {
    /** All tasks that are polled with this lane. Drizzle maps no column: for many rows that takes as long as all else. */
    async ofLane(lane: Lane): Promise<ProcessingTask[]> {
      const rows = await db.execute<Omit<ProcessingTask, 'acceptedAt'> & { acceptedAt: number }>(sql`
        select ${columns} from ${videoTasks}
        where ${processing} and ${credential} = ${lane.credential} and ${phase} = ${lane.phase}`)
      return rows.map((row) => Object.assign(row, { acceptedAt: new Date(row.acceptedAt) }))
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
