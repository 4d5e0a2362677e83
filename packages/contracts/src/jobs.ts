import { z } from 'zod'
import { VideoId } from './task.ts'

export const queueNames = ['submit', 'reconcile', 'poll', 'archive'] as const
export type QueueName = (typeof queueNames)[number]

/** A job names a task's attempt and nothing more: the row holds the rest. */
export const JobPayload = z.object({
  v: z.literal(1),
  videoId: VideoId,
  attempt: z.int().min(1),
  /** What a step remembers until its next run, see `jobNotes`. Losing it costs time, never a verdict. */
  notes: z.record(z.string(), z.number()).optional(),
  requestId: z.string().max(64).optional().catch(undefined),
  traceparent: z
    .string()
    .regex(/^00-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/)
    .optional()
    .catch(undefined),
})
export type JobPayload = z.infer<typeof JobPayload>

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

/** What polls remember of their video's trouble, in its task's row. */
export const PollTrouble = z.object({ failures, ...notFound, empties })
export type PollTrouble = z.infer<typeof PollTrouble>

/** The trouble, too, where a worker of the version before has left it in the job. */
export const PollNotes = z.object({ errors, ...PollTrouble.shape })
export type PollNotes = z.infer<typeof PollNotes>

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
  poll: PollNotes,
  archive: ArchiveNotes,
} satisfies Record<QueueName, z.ZodType>
export type JobNotes = SubmitNotes & ReconcileNotes

/** Deterministic, so that enqueuing twice is one job. No ':' and never a bare integer: BullMQ refuses those. */
export function jobId(videoId: VideoId, attempt: number): string {
  return `${videoId}-${attempt}`
}
