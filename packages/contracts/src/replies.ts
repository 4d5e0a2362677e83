import { z } from 'zod'
import { accepted, contentUrl, expiring, harbour, ids, queued, snow } from './examples.ts'
import { Task, VideoId } from './task.ts'

/** The success envelope: `{success: true, data, message?, requestTime?}`, with the example of its data. */
export function success<T extends z.ZodType>(data: T, example = exampleOf(data)) {
  return z
    .object({
      success: z.literal(true),
      data,
      message: z.string().optional(),
      requestTime: z.number().optional().describe('Milliseconds the request took'),
    })
    .meta({ examples: [{ success: true, data: example }] })
}

export const Failure = z
  .object({
    success: z.literal(false),
    code: z.string().describe('Stable, for programs'),
    error: z
      .string()
      .describe('A sentence for people, Chinese when Accept-Language prefers it, else English'),
    message: z.string().describe('The same sentence'),
    details: z.unknown().optional().describe('What more there is to say, by code'),
    requestId: z.string().describe('Finds the request in the log'),
  })
  .meta({ id: 'Failure', description: 'What every answer that is no success looks like' })
export type Failure = z.infer<typeof Failure>

/** Answer to a create or a remix. Status is lower case here, as old front ends expect. */
export const Submitted = z
  .object({
    videoId: VideoId,
    externalTaskId: z.string().nullable().describe('Upstream’s id; null until upstream accepted'),
    status: z.enum(['queued', 'processing', 'completed', 'failed', 'cancelled']),
    message: z.string(),
    remixed_from: VideoId.optional(),
    links: z.object({ self: z.string(), events: z.string(), lineage: z.string() }),
  })
  .meta({
    id: 'Submitted',
    description: 'A task that was taken, in the state that it is in',
    examples: [accepted],
  })
export type Submitted = z.infer<typeof Submitted>

export const submitted = { 200: success(Submitted), 202: success(Submitted, queued) }

export const TaskPage = z
  .object({
    tasks: z.array(Task),
    total: z.int().describe('Stops counting at 10 000'),
    page: z.int(),
    pageSize: z.int(),
    nextCursor: z.string().nullable().describe('The cursor of the next page; null on the last one'),
  })
  .meta({ examples: [{ tasks: [snow], total: 1, page: 1, pageSize: 20, nextCursor: null }] })
export type TaskPage = z.infer<typeof TaskPage>

export const Recovered = z
  .object({
    tasks: z.array(Task),
    matched: z.int().describe('How many of the keys name a task'),
    requested: z.int().describe('How many different keys were asked for'),
  })
  .meta({ examples: [{ tasks: [snow], matched: 1, requested: 2 }] })

export const DeletedTask = z.object({ videoId: VideoId, deleted: z.literal(true) }).meta({
  id: 'DeletedTask',
  description: 'A task that was deleted',
  examples: [{ videoId: ids.source, deleted: true }],
})
export type DeletedTask = z.infer<typeof DeletedTask>

export type LineageNode = {
  task?: Task | undefined
  videoId?: VideoId | undefined
  deleted?: true | undefined
  children: LineageNode[]
}
// No union: each level would be tried as both, and a chain of deleted tasks take twice as long with each of them.
export const LineageNode: z.ZodType<LineageNode> = z
  .object({
    task: Task.optional().describe('Not of a task that was deleted'),
    videoId: VideoId.optional().describe('Only of a task that was deleted'),
    deleted: z.literal(true).optional(),
    get children() {
      return z.array(LineageNode)
    },
  })
  .meta({ id: 'LineageNode', description: 'A task, deleted or not, and the remixes made from it' })

export const Lineage = z
  .object({
    ancestors: z.array(z.union([Task, DeletedTask])).describe('Root first, the parent last'),
    task: Task,
    descendants: z.array(LineageNode),
    truncated: z.boolean().describe('True where depth or size was cut'),
  })
  .meta({
    examples: [
      { ancestors: [], task: harbour, descendants: [{ task: snow, children: [] }], truncated: false },
    ],
  })
export type Lineage = z.infer<typeof Lineage>

export const ContentLink = z
  .object({
    videoId: VideoId,
    externalVideoId: z.string().nullable(),
    url: z.string().describe('Plays by itself, without a header'),
    expiresAt: z.int().describe('Milliseconds since 1970'),
  })
  .meta({
    examples: [{ videoId: ids.source, externalVideoId: ids.upstream, url: contentUrl, ...expiring }],
  })
export type ContentLink = z.infer<typeof ContentLink>

export const FeedTicket = z
  .object({
    ticket: z.string().describe('Opens one feed, as ?ticket='),
    expiresAt: z.int().describe('Milliseconds since 1970'),
  })
  .meta({ examples: [{ ticket: 'q3Vd0o6uH1rT8cYx2mLk5w', ...expiring }] })
export type FeedTicket = z.infer<typeof FeedTicket>

export const FeedStats = z
  .object({
    connections: z.int().describe('The caller’s open feeds on the process that answers'),
    tasksInFlight: z.int().describe('The caller’s unfinished tasks'),
  })
  .meta({ examples: [{ connections: 1, tasksInFlight: 2 }] })

const reachable = z.enum(['ok', 'unavailable'])

export const Alive = success(z.object({ status: z.literal('alive') }), { status: 'alive' })

/** `success` is whether the process can serve: without Redis it still takes tasks. */
export const Readiness = z
  .object({
    success: z.boolean(),
    data: z.object({ postgres: reachable, redis: reachable, stopping: z.boolean() }),
  })
  .meta({ examples: [{ success: true, data: { postgres: 'ok', redis: 'ok', stopping: false } }] })

export function exampleOf(schema: z.ZodType): unknown {
  const { examples } = schema.meta() ?? {}
  return Array.isArray(examples) ? examples[0] : undefined
}
