import { z } from 'zod'
import { beach, harbour, ids, snow } from './examples.ts'
import { taskStatuses } from './lifecycle.ts'
import { problems, told } from './problems.ts'
import { ExternalTaskId } from './task.ts'
import { isBlank, isStorable, plainText, visibleText } from './text.ts'

const METADATA_MAX_BYTES = 4096
const METADATA_MAX_DEPTH = 16
const reservedMetadataKeys = ['type', 'remix_from', 'remix_from_external', 'input_reference']

/** A client's own metadata: an object of at most 4 KB; lineage is written by us and refused from outside. */
export const ClientMetadata = z
  .record(z.string(), z.unknown())
  // Before anything that calls itself for each level: a body has room for a hundred thousand of them.
  .refine((value) => !isDeeperThan(METADATA_MAX_DEPTH, value), {
    ...told(problems.tooDeep(METADATA_MAX_DEPTH)),
    abort: true,
  })
  .pipe(z.record(z.string(), z.json(problems.json.en)))
  .refine(
    (value) => new TextEncoder().encode(JSON.stringify(value)).length <= METADATA_MAX_BYTES,
    told(problems.metadataSize),
  )
  .refine(isStorableThroughout, told(problems.storable))
  .refine(
    (value) => reservedMetadataKeys.every((key) => !Object.hasOwn(value, key)),
    told(problems.reserved(reservedMetadataKeys)),
  )

export const InputReference = z
  .string()
  .refine((text) => /^(data:|https?:)/i.test(text.slice(0, 6)), { ...told(problems.picture), abort: true })
  .refine((text) => text.length <= 4096 || /^data:/i.test(text.slice(0, 5)), told(problems.pictureText))
  .describe('A picture to start from: a data URL or an https URL of a JPEG, PNG or WebP; in a form a file')

export const Prompt = visibleText(32_000).describe('What the video should show')
export const Model = visibleText(128)
export const Upstream = plainText(1, 40)
export const ClientRequestId = visibleText(255).describe('Same meaning as the Idempotency-Key header')
export const Seconds = z.string().regex(/^[1-9]\d{0,2}$/, problems.seconds.en)

/** Body of `POST /api/video/tasks/:videoId/remix`. A field that may be left out may be null, as clients that name every field say it. */
export const RemixBody = z
  .strictObject({
    prompt: Prompt,
    model: Model.nullish().describe('Upstream’s name of a model; without it that of the source'),
    upstream: Upstream.nullish().describe(
      'The only upstream that is to make it, by its name; where the source is no upload, the one that made that',
    ),
    clientRequestId: ClientRequestId.nullish(),
    metadata: ClientMetadata.nullish(),
    input_reference: InputReference.nullish(),
  })
  .meta({
    examples: [
      { prompt: snow.prompt },
      { prompt: snow.prompt, clientRequestId: snow.clientRequestId, metadata: { scene: 3 } },
    ],
  })
export type RemixBody = z.infer<typeof RemixBody>

export const EditBody = RemixBody.omit({ input_reference: true }).meta({
  examples: [{ prompt: 'the same place with a red boat', clientRequestId: 'my-first-edit' }],
})
export type EditBody = z.infer<typeof EditBody>

export const ExtendBody = EditBody.extend({
  seconds: Seconds.describe('Length, in seconds, as upstream takes it'),
}).meta({ examples: [{ prompt: 'the boat leaves the harbour', seconds: '8' }] })
export type ExtendBody = z.infer<typeof ExtendBody>

/** What `POST /api/video/tasks/upload` takes beside the clip itself. */
export const UploadBody = z
  .strictObject({
    prompt: plainText(0, 32_000).nullish().describe('What the clip shows'),
    clientRequestId: ClientRequestId.nullish(),
    metadata: ClientMetadata.nullish(),
  })
  .meta({ examples: [{ prompt: beach.prompt, clientRequestId: beach.clientRequestId }] })
export type UploadBody = z.infer<typeof UploadBody>

/** Body of `POST /api/video/tasks/:videoId/retry`; none is as good as an empty one. */
export const RetryBody = z
  .strictObject({
    force: z
      .boolean()
      .nullish()
      .describe('Pays again even when it is not known whether an earlier attempt was made'),
  })
  .nullish()
  .meta({ examples: [{}, { force: true }] })
export type RetryBody = z.infer<typeof RetryBody>

const RECOVER_AT_ONCE = 50

export const RecoverBody = z
  .strictObject({
    clientRequestIds: z
      .array(ClientRequestId)
      .max(RECOVER_AT_ONCE)
      .describe('Keys of requests whose answers were lost'),
  })
  .meta({ examples: [{ clientRequestIds: [snow.clientRequestId, 'my-second-remix'] }] })

/** Paths of upstream's that stand where an id would, and those that would climb out of it. */
const noVideos = ['.', '..', 'characters', 'edits', 'extensions']

export const ImportBody = z
  .strictObject({
    externalTaskId: ExternalTaskId.refine((id) => !isBlank(id), told(problems.empty))
      .refine((id) => !noVideos.includes(id), told(problems.upstreamVideo))
      .describe('Upstream’s id of the video'),
    username: plainText(1, 256).nullish().describe('Whose it becomes; without it the caller’s own'),
    upstream: Upstream.nullish().describe('Where it is; may be left out where there is one'),
    credential: plainText(1, 40)
      .nullish()
      .describe('Name of the credential that made it; may be left out where upstream has one'),
  })
  .meta({ examples: [{ externalTaskId: ids.upstream, username: 'testuser' }] })

const sizeByAspectRatio = { '16:9': '1280x720', '9:16': '720x1280', '1:1': '720x720' } as const
export const Size = z.string().regex(/^\d{2,4}x\d{2,4}$/, problems.size.en)
/** As a number, too, as some clients say it. */
export const AnySeconds = z.union([z.int().min(1).max(999).transform(String), Seconds], problems.seconds.en)

/** Body of `POST /api/video/tasks`; `duration` and `aspectRatio` are the old names of `seconds` and `size`. */
export const CreateBody = z
  .strictObject({
    prompt: Prompt,
    model: Model.nullish(),
    seconds: Seconds.nullish().describe('Length'),
    size: Size.nullish().describe('Width x height in pixels'),
    upstream: Upstream.nullish().describe('The only upstream that is to make it, by its name'),
    clientRequestId: ClientRequestId.nullish(),
    metadata: ClientMetadata.nullish(),
    input_reference: InputReference.nullish(),
    duration: AnySeconds.nullish().meta({
      deprecated: true,
      description: 'Old name of seconds, which wins when both are there',
    }),
    aspectRatio: z
      .enum(Object.keys(sizeByAspectRatio) as (keyof typeof sizeByAspectRatio)[])
      .nullish()
      .meta({
        deprecated: true,
        description: 'Old way to say size, which wins when both are there',
      }),
    watermark: z.unknown().optional().meta({ deprecated: true, description: 'Ignored' }),
    apiConfigId: z.unknown().optional().meta({ deprecated: true, description: 'Ignored' }),
  })
  .transform(({ duration, aspectRatio, watermark: _, apiConfigId: __, ...body }) => ({
    ...body,
    seconds: body.seconds ?? duration,
    size: body.size ?? (aspectRatio && sizeByAspectRatio[aspectRatio]),
  }))
  .meta({
    // Under `examples` zod would expect what comes out of the transform.
    'x-examples': {
      today: { value: { prompt: harbour.prompt, model: 'sora-2', seconds: '8', size: '1280x720' } },
      old: {
        summary: 'With the old names',
        value: { prompt: harbour.prompt, duration: 8, aspectRatio: '16:9' },
      },
    },
  })
export type CreateBody = z.infer<typeof CreateBody>

export const ListQuery = z.object({
  status: z
    .string()
    .toUpperCase()
    .pipe(z.enum(taskStatuses))
    .optional()
    .meta({ description: `In any case: ${taskStatuses.join(', ')}`, examples: ['COMPLETED'] }),
  page: wholeNumber(1, 10_000).default(1).describe('page × pageSize is at most 10 000; go further by cursor'),
  pageSize: wholeNumber(1, 100).default(20).describe('1 to 100'),
  orderBy: z.enum(['createdAt', 'updatedAt', 'completedAt']).default('createdAt'),
  order: z.enum(['asc', 'desc']).default('desc'),
  cursor: plainText(1, 512)
    .optional()
    .describe('The nextCursor of the page before, asked for in the same order'),
  clientRequestId: ClientRequestId.optional().describe('Only the task of this key'),
  all: z.enum(['true', 'false']).default('false').describe('Everybody’s tasks; for ADMINs only'),
})
export type ListQuery = z.infer<typeof ListQuery>

/** A number in an address, which is described as what it is. */
export function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, problems.wholeNumber.en)
    .meta({ type: 'integer', minimum: min, maximum: max })
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
