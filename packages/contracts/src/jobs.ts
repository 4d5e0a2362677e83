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
  /** What a poll remembers between two looks; losing it costs time, never a verdict. */
  notes: z.record(z.string(), z.number()).optional(),
  /** The HTTP request that this attempt goes back to, for the log. Absent from jobs that the sweep found missing. */
  requestId: z.string().max(64).optional().catch(undefined),
})
export type JobPayload = z.infer<typeof JobPayload>

/** Deterministic, so that enqueuing twice is one job. No ':' and never a bare integer: BullMQ refuses those. */
export function jobId(videoId: VideoId, attempt: number): string {
  return `${videoId}-${attempt}`
}
