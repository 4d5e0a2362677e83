import { z } from 'zod'
import { VideoId } from './task.ts'

/** Submit jobs pay, poll jobs read. */
export const queueNames = ['submit', 'poll'] as const
export type QueueName = (typeof queueNames)[number]

/** A job names a task's attempt and nothing more: the row holds the rest. */
export const JobPayload = z.object({
  v: z.literal(1),
  videoId: VideoId,
  attempt: z.int().min(1),
  /** What a step remembers until its next run, see `jobNotes`. Losing it costs time, never a verdict. */
  notes: z.record(z.string(), z.number()).optional(),
  /** The HTTP request that this attempt goes back to, for the log. Absent from jobs that the sweep found missing. */
  requestId: z.string().max(64).optional().catch(undefined),
})
export type JobPayload = z.infer<typeof JobPayload>

const number = z.number().optional()
/** Runs that threw, in a row. */
const errors = number
/** Requests in a row that upstream did not answer properly. */
const failures = number
/** How often upstream said that it has no such video, and since when, in ms since 1970. */
const notFound = { misses: number, missingSince: number }
/** How often a completed video had nothing to play. */
const empties = number

export const SubmitNotes = z.object({
  errors,
  failures,
  ...notFound,
  empties,
  /** How often it waited for another submission. */
  waits: number,
  /** Videos of this attempt and of earlier ones are gone upstream. */
  lostFrom: number,
})
export type SubmitNotes = z.infer<typeof SubmitNotes>

export const PollNotes = z.object({ errors, failures, ...notFound, empties })
export type PollNotes = z.infer<typeof PollNotes>

export const ReconcileNotes = z.object({
  errors,
  failures,
  /** Complete searches of upstream's list. */
  looks: number,
  /** How often in a row upstream said that it has no list. */
  denials: number,
})
export type ReconcileNotes = z.infer<typeof ReconcileNotes>

/** What the jobs of each queue remember; other notes are dropped. A poll job reconciles, too. */
export const jobNotes = {
  submit: SubmitNotes,
  poll: z.object({ ...PollNotes.shape, ...ReconcileNotes.shape }),
} satisfies Record<QueueName, z.ZodType>
export type JobNotes = SubmitNotes & z.infer<typeof jobNotes.poll>

/** Deterministic, so that enqueuing twice is one job. No ':' and never a bare integer: BullMQ refuses those. */
export function jobId(videoId: VideoId, attempt: number): string {
  return `${videoId}-${attempt}`
}
