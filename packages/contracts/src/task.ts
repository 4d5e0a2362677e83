import { z } from 'zod'
import { harbour, snow } from './examples.ts'
import { errorCodes, holdReasons, taskStatuses } from './lifecycle.ts'
import { problems } from './problems.ts'
import { isPlainText, plainText } from './text.ts'

/** Our name for a task: `video_<ms>_<7 or more base36>`. */
export const VideoId = z
  .string()
  .max(64)
  .regex(/^video_\d{13}_[0-9a-z]{7,}$/, problems.videoId.en)
  .brand<'VideoId'>()
export type VideoId = z.infer<typeof VideoId>

const LONGEST_ID = 512

/** Upstream's name for a video; opaque to us. Branded, so that it is never sent where ours belongs. */
export const ExternalTaskId = plainText(1, LONGEST_ID).brand<'ExternalTaskId'>()
export type ExternalTaskId = z.infer<typeof ExternalTaskId>

export function isExternalTaskId(text: string): text is ExternalTaskId {
  return isPlainText(text, 1, LONGEST_ID)
}

/** A picture that a client gave, as `metadata.input_reference` tells it. */
export const Picture = z.object({
  sha256: z.string(),
  type: z.enum(['image/jpeg', 'image/png', 'image/webp']),
  bytes: z.int(),
  width: z.int(),
  height: z.int(),
})
export type Picture = z.infer<typeof Picture>

/** Bytes in our own store, as a client sees them. */
export const StoredFile = z.object({
  bytes: z.int().min(0),
  sha256: z.string().describe('In hex'),
  type: z.string().describe('Media type, as the bytes say'),
})

export const Task = z
  .object({
    videoId: VideoId,
    externalTaskId: ExternalTaskId.nullable().describe('Upstream’s id; null until upstream accepted'),
    clientRequestId: z.string().nullable(),
    status: z.enum(taskStatuses),
    progress: z.int().min(0).max(100).describe('Never goes down within one attempt'),
    prompt: z.string(),
    model: z.string().nullable(),
    size: z.string().nullable(),
    seconds: z.string().nullable(),
    videoUrl: z.string().nullable().describe('Plays without a header; null until COMPLETED'),
    errorCode: z.enum(errorCodes).nullable().describe('Why it FAILED, in our words'),
    errorMessage: z.string().nullable(),
    upstreamCode: z.string().nullable().describe('Upstream’s own code for it'),
    metadata: z
      .record(z.string(), z.unknown())
      .describe('The client’s own, and the lineage of what was made from another'),
    attempt: z.int().min(1).describe('Grows with each retry'),
    version: z.int().min(1).describe('Grows with each visible change'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    completedAt: z.iso.datetime().nullable(),
    // Processes of the version before don't tell of clips.
    archivedAt: z.iso
      .datetime()
      .nullable()
      .default(null)
      .describe('When its clip was whole in our own store'),
    clip: StoredFile.nullable().default(null).describe('The clip in our own store, while it is there'),
    archiveError: z
      .enum(['archive_lost'])
      .nullable()
      .default(null)
      .describe('archive_lost: upstream had no clip any more when it was to be stored'),
    archiving: z.literal(true).optional().describe('COMPLETED, and its clip is on the way to our own store'),
    remixed_from: VideoId.optional().describe('The source of a remix, an edit or an extension'),
    held: z
      .object({
        because: z.enum(holdReasons).describe('What upstream last said'),
        until: z.iso.datetime().describe('When it is sent at the earliest'),
      })
      .optional()
      .describe('Only while QUEUED: why it is not sent now. No event tells of it'),
    overdue: z.literal(true).optional().describe('Takes longer than usual, and may still complete'),
  })
  .meta({
    id: 'Task',
    description: 'A video that is to be made, is being made or was made',
    examples: [snow, harbour],
  })
export type Task = z.infer<typeof Task>

export const TaskState = Task.omit({ prompt: true, metadata: true, held: true })
export type TaskState = z.infer<typeof TaskState>
