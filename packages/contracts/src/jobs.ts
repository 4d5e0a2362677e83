import { z } from 'zod'
import { Lane, laneId } from './lanes.ts'
import { VideoId } from './task.ts'

export const queueNames = ['submit', 'reconcile', 'poll', 'archive'] as const
export type QueueName = (typeof queueNames)[number]

/** What a step remembers until its next run, see `jobNotes`. Losing it costs time, never a verdict. */
const notes = z.record(z.string(), z.number()).optional()

/** A job names a task's attempt and nothing more: the row holds the rest. */
export const JobPayload = z.object({
  v: z.literal(1),
  videoId: VideoId,
  attempt: z.int().min(1),
  notes,
  requestId: z.string().max(64).optional().catch(undefined),
  traceparent: z
    .string()
    .regex(/^00-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/)
    .optional()
    .catch(undefined),
})
export type JobPayload = z.infer<typeof JobPayload>

/** A job that polls all tasks of a lane. */
export const LanePayload = z.object({ v: z.literal(2), ...Lane.shape, notes })
export type LanePayload = z.infer<typeof LanePayload>

/** Workers of the version before have a job for each task in `poll`, too. */
export const jobPayloads = {
  submit: JobPayload,
  reconcile: JobPayload,
  poll: z.union([LanePayload, JobPayload]),
  archive: JobPayload,
} satisfies Record<QueueName, z.ZodType>
export type AnyPayload = JobPayload | LanePayload

const newest = { submit: 1, reconcile: 1, poll: 2, archive: 1 } satisfies Record<QueueName, number>
const Versioned = z.object({ v: z.int() })

/** Whether a payload that is not understood is one of a version that is to come. */
export function isNewer(queue: QueueName, payload: unknown): boolean {
  const versioned = Versioned.safeParse(payload)
  return versioned.success && versioned.data.v > newest[queue]
}

const number = z.number().optional()
/** In a row: runs that threw, and requests that upstream did not answer properly. */
const errors = number
const failures = number
const notFound = { misses: number, missingSince: number }
const empties = number

export const SubmitNotes = z.object({
  errors,
  failures,
  ...notFound,
  empties,
  waits: number,
  /** Videos of this attempt and of earlier ones are gone upstream. */
  lostFrom: number,
})
export type SubmitNotes = z.infer<typeof SubmitNotes>

/**
 * What polls remember of their video, in its task's row: trouble, errors of ours, and before when it is not to be looked
 * at, in ms since 1970 by the database's clock.
 */
export const PollTrouble = z.object({ errors, failures, ...notFound, empties, notBefore: number })
export type PollTrouble = z.infer<typeof PollTrouble>

/**
 * For whoever looks at the job: how many tasks it had when it last ran, and at how many it was looking longer than that.
 * Until `nextAt`, in ms since 1970 by the database's clock, it runs only for those that a dead worker was looking at.
 */
export const LaneNotes = z.object({ errors, tasks: number, late: number, nextAt: number })
export type LaneNotes = z.infer<typeof LaneNotes>

export const ReconcileNotes = z.object({
  errors,
  failures,
  looks: number,
  /** How often in a row upstream said that it has no list. */
  denials: number,
})
export type ReconcileNotes = z.infer<typeof ReconcileNotes>

export const ArchiveNotes = z.object({ errors, failures, ...notFound })
export type ArchiveNotes = z.infer<typeof ArchiveNotes>

/** What the jobs of each queue remember; other notes are dropped. */
export const jobNotes = {
  submit: SubmitNotes,
  reconcile: ReconcileNotes,
  poll: LaneNotes,
  archive: ArchiveNotes,
} satisfies Record<QueueName, z.ZodType>
export type JobNotes = SubmitNotes & ReconcileNotes & LaneNotes

/** Deterministic, so that enqueuing twice is one job. No ':' and never a bare integer: BullMQ refuses those. */
export function jobId(videoId: VideoId, attempt: number): string {
  return `${videoId}-${attempt}`
}

/** What a job is about. */
export type Work = { videoId: VideoId; attempt: number } | Lane

export function idOf(work: Work): string {
  return 'phase' in work ? laneId(work) : jobId(work.videoId, work.attempt)
}
