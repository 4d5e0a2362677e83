import { z } from 'zod'
import { errorCodes, taskStatuses } from './lifecycle.ts'
import { isStorable, plainText } from './text.ts'

/** Our name for a task: `video_<ms>_<7 or more base36>`. */
export const VideoId = z
  .string()
  .max(64)
  .regex(/^video_\d{13}_[0-9a-z]{7,}$/, 'must look like video_<ms>_<base36>')
  .brand<'VideoId'>()
export type VideoId = z.infer<typeof VideoId>

/** Upstream's name for a video; opaque to us. Branded, so that it is never sent where ours belongs. */
export const ExternalTaskId = plainText(1, 512).brand<'ExternalTaskId'>()
export type ExternalTaskId = z.infer<typeof ExternalTaskId>

const METADATA_MAX_BYTES = 4096
const METADATA_MAX_DEPTH = 16
const reservedMetadataKeys = ['type', 'remix_from', 'remix_from_external']

/** A client's own metadata: an object of at most 4 KB; lineage is written by us and refused from outside. */
export const ClientMetadata = z
  .record(z.string(), z.unknown())
  // Before anything that calls itself for each level: a body has room for a hundred thousand of them.
  .refine((value) => !isDeeperThan(METADATA_MAX_DEPTH, value), {
    error: `must be nested at most ${METADATA_MAX_DEPTH} deep`,
    abort: true,
  })
  .pipe(z.record(z.string(), z.json()))
  .refine(
    (value) => new TextEncoder().encode(JSON.stringify(value)).length <= METADATA_MAX_BYTES,
    'must be at most 4 KB of JSON',
  )
  .refine(isStorableThroughout, 'must be well-formed text without NUL characters')
  .refine(
    (value) => reservedMetadataKeys.every((key) => !Object.hasOwn(value, key)),
    `must not contain the reserved keys ${reservedMetadataKeys.join(', ')}`,
  )

const Prompt = plainText(1, 32_000).describe('What the video should show')
const Model = plainText(1, 128)
const ClientRequestId = plainText(1, 255).describe('Same meaning as the Idempotency-Key header')

/** Body of `POST /api/video/tasks/:videoId/remix`. */
export const RemixBody = z.strictObject({
  prompt: Prompt,
  model: Model.optional(),
  clientRequestId: ClientRequestId.optional(),
  metadata: ClientMetadata.optional(),
})
export type RemixBody = z.infer<typeof RemixBody>

/** Body of `POST /api/video/tasks/:videoId/retry`; none is as good as an empty one. */
export const RetryBody = z
  .strictObject({
    force: z
      .boolean()
      .default(false)
      .describe('Pays again even when it is not known whether an earlier attempt was made'),
  })
  .nullish()
export type RetryBody = z.infer<typeof RetryBody>

const RECOVER_AT_ONCE = 50

/** Body of `POST /api/video/tasks/recover`. */
export const RecoverBody = z.strictObject({
  clientRequestIds: z
    .array(ClientRequestId)
    .max(RECOVER_AT_ONCE, `must have at most ${RECOVER_AT_ONCE} items`)
    .describe('Keys of requests whose answers were lost'),
})

/** Paths of upstream's that stand where an id would, and those that would climb out of it. */
const noVideos = ['.', '..', 'characters', 'edits', 'extensions']

/** Body of `POST /api/video/tasks/import`; without a user name the video becomes the caller's own. */
export const ImportBody = z.strictObject({
  externalTaskId: ExternalTaskId.refine((id) => !noVideos.includes(id), 'must be the id of a video'),
  username: plainText(1, 256).optional(),
})

const sizeByAspectRatio = { '16:9': '1280x720', '9:16': '720x1280', '1:1': '720x720' } as const
const Seconds = z.string().regex(/^[1-9]\d{0,2}$/, 'must be a whole number of seconds as a string')

/** Body of `POST /api/video/tasks`; `duration` and `aspectRatio` are the old names of `seconds` and `size`. */
export const CreateBody = z
  .strictObject({
    prompt: Prompt,
    model: Model.optional(),
    seconds: Seconds.optional(),
    size: z
      .string()
      .regex(/^\d{2,4}x\d{2,4}$/, 'must look like 1280x720')
      .optional(),
    clientRequestId: ClientRequestId.optional(),
    metadata: ClientMetadata.optional(),
    duration: z.union([z.int().min(1).max(999).transform(String), Seconds]).optional(),
    aspectRatio: z.enum(Object.keys(sizeByAspectRatio) as (keyof typeof sizeByAspectRatio)[]).optional(),
    watermark: z.unknown().optional(),
    apiConfigId: z.unknown().optional(),
  })
  .transform(({ duration, aspectRatio, watermark: _, apiConfigId: __, ...body }) => ({
    ...body,
    seconds: body.seconds ?? duration,
    size: body.size ?? (aspectRatio && sizeByAspectRatio[aspectRatio]),
  }))
export type CreateBody = z.infer<typeof CreateBody>

/** The public task: what `GET /api/video/tasks/:videoId` answers. */
export const Task = z.object({
  videoId: VideoId,
  externalTaskId: ExternalTaskId.nullable(),
  clientRequestId: z.string().nullable(),
  status: z.enum(taskStatuses),
  progress: z.int().min(0).max(100),
  prompt: z.string(),
  model: z.string().nullable(),
  size: z.string().nullable(),
  seconds: z.string().nullable(),
  videoUrl: z.string().nullable().describe('Plays without a header; null until COMPLETED'),
  errorCode: z.enum(errorCodes).nullable(),
  errorMessage: z.string().nullable(),
  upstreamCode: z.string().nullable(),
  metadata: z.record(z.string(), z.json()),
  attempt: z.int().min(1),
  version: z.int().min(1),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  completedAt: z.iso.datetime().nullable(),
  remixed_from: VideoId.optional(),
  overdue: z.literal(true).optional(),
})
export type Task = z.infer<typeof Task>

/** What travels in events: the task without what only its owner's own reads show. */
export const TaskState = Task.omit({ prompt: true, metadata: true })
export type TaskState = z.infer<typeof TaskState>

/** Query of `GET /api/video/tasks`; unknown parameters are ignored. */
export const ListQuery = z.object({
  status: z.string().toUpperCase().pipe(z.enum(taskStatuses)).optional(),
  page: wholeNumber(1, 10_000).default(1),
  pageSize: wholeNumber(1, 100).default(20),
  orderBy: z.enum(['createdAt', 'updatedAt', 'completedAt']).default('createdAt'),
  order: z.enum(['asc', 'desc']).default('desc'),
  cursor: plainText(1, 512).optional(),
  clientRequestId: ClientRequestId.optional(),
  all: z.enum(['true', 'false']).default('false'),
})
export type ListQuery = z.infer<typeof ListQuery>

function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max))
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner))
}

function isStorableThroughout(value: unknown): boolean {
  if (typeof value === 'string') return isStorable(value)
  if (value === null || typeof value !== 'object') return true
  return Object.entries(value).every(([key, inner]) => isStorable(key) && isStorableThroughout(inner))
}
