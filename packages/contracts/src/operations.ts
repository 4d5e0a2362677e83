import { z } from 'zod'
import { ids, upstreamOfExample } from './examples.ts'
import { queueNames } from './jobs.ts'
import { taskStatuses } from './lifecycle.ts'
import { VideoId } from './task.ts'
import { plainText } from './text.ts'

export const QueueReports = z
  .object({
    queues: z.array(
      z.object({
        name: z.enum(queueNames),
        waiting: z.int().describe('Jobs that are due'),
        active: z.int(),
        delayed: z.int().describe('Jobs that are not due yet'),
        paused: z.boolean().describe('An operator has paused it'),
        pausedUntil: z.iso
          .datetime()
          .nullable()
          .describe('A worker has paused it, since upstream takes no submissions'),
      }),
    ),
    workers: z.int().describe('Processes that take jobs, each of every queue'),
  })
  .meta({
    examples: [
      {
        queues: [{ name: 'submit', waiting: 0, active: 1, delayed: 2, paused: false, pausedUntil: null }],
        workers: 2,
      },
    ],
  })
export type QueueReports = z.infer<typeof QueueReports>
export type QueueReport = QueueReports['queues'][number]

/** The lane that polls a task: the id of its job, and the address of its tasks. */
export const LaneLink = z.object({ id: z.string(), href: z.string() })
export type LaneLink = z.infer<typeof LaneLink>

/** A task as operators find it: without its words. */
export const FoundTask = z.object({
  videoId: VideoId,
  status: z.enum(taskStatuses),
  attempt: z.int().min(1),
  username: z.string(),
  externalTaskId: z.string().nullable(),
  credential: z.string().nullable(),
  errorCode: z.string().nullable(),
  createdAt: z.iso.datetime(),
  deleted: z.boolean(),
  lane: LaneLink.nullable().describe(
    'The lane that polls it, by the id of its job and the address of its tasks; null where none does',
  ),
})
export type FoundTask = z.infer<typeof FoundTask>

const found = {
  videoId: ids.remix,
  status: 'PROCESSING',
  attempt: 1,
  username: 'testuser',
  externalTaskId: ids.upstream,
  credential: upstreamOfExample,
  errorCode: null,
  createdAt: '2026-01-01T00:01:00.000Z',
  deleted: false,
  lane: { id: `lane-${upstreamOfExample}-17`, href: `/admin/lanes/${upstreamOfExample}/17` },
}

export const SearchQuery = z.object({
  id: plainText(1, 512).meta({
    description: 'A videoId, upstream’s id, a clientRequestId, a job’s id, a user’s id or name, as a whole',
    examples: [ids.remix],
  }),
})

/** What a search by any id finds, the newest first. */
export const FoundTasks = z
  .object({ tasks: z.array(FoundTask), truncated: z.boolean() })
  .meta({ examples: [{ tasks: [found], truncated: false }] })
export type FoundTasks = z.infer<typeof FoundTasks>

/** Submissions of which nobody knows yet whether they were made. */
export const DoubtfulSubmissions = z
  .object({
    submissions: z.array(
      z.object({
        videoId: VideoId,
        attempt: z.int().min(1),
        outcome: z
          .enum(['sending', 'in_doubt'])
          .describe('in_doubt: its reply was lost, and its video is looked for'),
        credential: z.string(),
        startedAt: z.iso.datetime(),
        status: z.enum(taskStatuses).nullable().describe('Of its task; null where that is gone'),
      }),
    ),
    truncated: z.boolean(),
  })
  .meta({
    examples: [
      {
        submissions: [
          {
            videoId: ids.remix,
            attempt: 1,
            outcome: 'in_doubt',
            credential: upstreamOfExample,
            startedAt: '2026-01-01T00:01:00.000Z',
            status: 'QUEUED',
          },
        ],
        truncated: false,
      },
    ],
  })
export type DoubtfulSubmissions = z.infer<typeof DoubtfulSubmissions>
export type DoubtfulSubmission = DoubtfulSubmissions['submissions'][number]
