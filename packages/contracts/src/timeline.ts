import { z } from 'zod'
import { timelineOfSnow } from './examples.ts'
import { VideoId } from './task.ts'

/** What is noted of a task, each in the statement that made it so. */
export const taskEventKinds = [
  'created',
  'imported',
  'uploaded',
  'sending',
  'accepted',
  'adopted',
  'refused',
  'not_sent',
  'in_doubt',
  'given_up',
  'progress',
  'overdue',
  'completed',
  'failed',
  'second_try',
  'cancelled',
  'retried',
  'archived',
  'archive_lost',
  'clip_removed',
  'deleted',
] as const
export type TaskEventKind = (typeof taskEventKinds)[number]

export const TimelineEvent = z.object({
  at: z.iso.datetime(),
  what: z.enum(taskEventKinds),
  attempt: z.int().min(1),
  credential: z.string().nullable().describe('The key that it was sent with, by name'),
  code: z.string().nullable().describe('Why, in our words: an errorCode, or what upstream holds against us'),
  upstreamCode: z.string().nullable().describe('Upstream’s own code for it'),
  progress: z.int().min(0).max(100).nullable(),
})
export type TimelineEvent = z.infer<typeof TimelineEvent>

export const Timeline = z
  .object({
    videoId: VideoId,
    events: z.array(TimelineEvent).describe('Oldest first'),
    truncated: z.boolean().describe('True where older ones are left out'),
  })
  .meta({ id: 'Timeline', description: 'What happened to a task', examples: [timelineOfSnow] })
export type Timeline = z.infer<typeof Timeline>
