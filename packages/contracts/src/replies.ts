import { z } from 'zod'
import { Task, VideoId } from './task.ts'

/** The success envelope: `{success: true, data, message?, requestTime?}`. */
export function success<T extends z.ZodType>(data: T) {
  return z.object({
    success: z.literal(true),
    data,
    message: z.string().optional(),
    requestTime: z.number().optional().describe('Milliseconds the request took'),
  })
}

/** The failure envelope; `error` and `message` are the same sentence, `code` is stable. */
export const Failure = z.object({
  success: z.literal(false),
  code: z.string(),
  error: z.string(),
  message: z.string(),
  details: z.unknown().optional(),
  requestId: z.string(),
})
export type Failure = z.infer<typeof Failure>

/** Answer to a create or a remix. Status is lower case here, as old front ends expect. */
export const Submitted = z.object({
  videoId: VideoId,
  externalTaskId: z.string().nullable(),
  status: z.enum(['queued', 'processing', 'completed', 'failed', 'cancelled']),
  message: z.string(),
  remixed_from: VideoId.optional(),
  links: z.object({ self: z.string(), events: z.string(), lineage: z.string() }),
})
export type Submitted = z.infer<typeof Submitted>

export const TaskPage = z.object({
  tasks: z.array(Task),
  total: z.int(),
  page: z.int(),
  pageSize: z.int(),
  nextCursor: z.string().nullable(),
})
export type TaskPage = z.infer<typeof TaskPage>

/** Answer to a recover: what became of the requests that were asked for. */
export const Recovered = z.object({
  tasks: z.array(Task),
  matched: z.int().describe('How many of the keys name a task'),
  requested: z.int().describe('How many different keys were asked for'),
})

/** A task and the remixes made from it. */
export type LineageNode = { task: Task; children: LineageNode[] }
export const LineageNode: z.ZodType<LineageNode> = z.object({
  task: Task,
  get children() {
    return z.array(LineageNode)
  },
})

export const Lineage = z.object({
  ancestors: z.array(Task).describe('Root first, the parent last'),
  task: Task,
  descendants: z.array(LineageNode),
  truncated: z.boolean().describe('True where depth or size was cut'),
})
export type Lineage = z.infer<typeof Lineage>

export const ContentLink = z.object({
  videoId: VideoId,
  externalVideoId: z.string(),
  url: z.string(),
  expiresAt: z.int().describe('Milliseconds since 1970'),
})
export type ContentLink = z.infer<typeof ContentLink>

export const FeedTicket = z.object({
  ticket: z.string().describe('Opens one feed, as ?ticket='),
  expiresAt: z.int().describe('Milliseconds since 1970'),
})
export type FeedTicket = z.infer<typeof FeedTicket>

export const FeedStats = z.object({
  connections: z.int().describe('The caller’s open feeds on the process that answers'),
  tasksInFlight: z.int().describe('The caller’s unfinished tasks'),
})
