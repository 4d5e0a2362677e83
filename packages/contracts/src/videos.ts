import { z } from 'zod'
import { harbour, ids, snow } from './examples.ts'
import {
  AnySeconds,
  ClientMetadata,
  ClientRequestId,
  InputReference,
  Model,
  Prompt,
  Size,
  Upstream,
  wholeNumber,
} from './task-requests.ts'

const video = {
  id: ids.remix,
  object: 'video',
  model: 'sora-2',
  status: 'in_progress',
  progress: 40,
  created_at: 1_767_225_600,
  completed_at: null,
  expires_at: null,
  prompt: snow.prompt,
  size: '1280x720',
  seconds: '8',
  remixed_from_video_id: ids.source,
  error: null,
} as const

/** A task as the Videos API shows it: the answer of `/v1/videos`. */
export const Video = z
  .object({
    id: z.string(),
    object: z.literal('video'),
    model: z.string().describe('As asked for until upstream says; empty where nobody did'),
    status: z.enum(['queued', 'in_progress', 'completed', 'failed']),
    progress: z.int().min(0).max(100),
    created_at: z.int().describe('In seconds since 1970, like the other times'),
    completed_at: z.int().nullable(),
    expires_at: z
      .int()
      .nullable()
      .describe('When upstream may have its clip no longer; null once it is in our own store'),
    prompt: z.string(),
    size: z.string().describe('As model'),
    seconds: z.string().describe('As model'),
    remixed_from_video_id: z.string().nullable().describe('The source of a remix, an edit or an extension'),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
  })
  .meta({ id: 'Video', examples: [video] })
export type Video = z.infer<typeof Video>

export const VideoPage = z
  .object({
    object: z.literal('list'),
    data: z.array(Video),
    first_id: z.string().nullable(),
    last_id: z.string().nullable().describe('The `after` of the next page'),
    has_more: z.boolean(),
  })
  .meta({
    id: 'VideoList',
    examples: [{ object: 'list', data: [video], first_id: video.id, last_id: video.id, has_more: false }],
  })
export type VideoPage = z.infer<typeof VideoPage>

export const DeletedVideo = z
  .object({ id: z.string(), object: z.literal('video.deleted'), deleted: z.literal(true) })
  .meta({ id: 'DeletedVideo', examples: [{ id: ids.remix, object: 'video.deleted', deleted: true }] })

export const VideoPageQuery = z.object({
  limit: wholeNumber(0, 100).default(20).describe('0 to 100'),
  after: z.string().optional().describe('The last_id of the page before'),
  order: z.enum(['asc', 'desc']).default('desc').describe('By the time they were made'),
})
export type VideoPageQuery = z.infer<typeof VideoPageQuery>

export const ModelPage = z
  .object({
    object: z.literal('list'),
    data: z.array(
      z.object({
        id: z.string(),
        object: z.literal('model'),
        created: z.int(),
        owned_by: z.string().describe('The upstream that has it'),
      }),
    ),
  })
  .meta({
    id: 'ModelList',
    examples: [
      { object: 'list', data: [{ id: 'sora-2', object: 'model', created: 0, owned_by: 'default' }] },
    ],
  })
export type ModelPage = z.infer<typeof ModelPage>

export const VideosFailure = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.enum([
        'authentication_error',
        'permission_error',
        'rate_limit_error',
        'server_error',
        'invalid_request_error',
      ]),
      param: z.string().nullable().describe('The field that is wrong'),
      code: z.string().describe('Stable, for programs'),
    }),
  })
  .meta({
    id: 'VideosFailure',
    description: 'What every answer of the Videos API that is no success looks like',
  })
export type VideosFailure = z.infer<typeof VideosFailure>

/** What Reelay takes beside what the Videos API has. */
const beside = {
  upstream: Upstream.nullish().describe('The only upstream that is to make it, by its name'),
  clientRequestId: ClientRequestId.nullish(),
  metadata: ClientMetadata.nullish(),
}

const ImageReference = z.strictObject({ image_url: InputReference })

export const VideoCreateBody = z
  .strictObject({
    prompt: Prompt,
    model: Model.nullish(),
    seconds: AnySeconds.nullish().describe('Length, as a string or a number'),
    size: Size.nullish().describe('Width x height in pixels'),
    input_reference: ImageReference.nullish().describe('A picture to start from; in a form also a file'),
    ...beside,
  })
  .meta({
    'x-examples': {
      plain: { value: { prompt: harbour.prompt, model: 'sora-2', seconds: '8', size: '1280x720' } },
    },
  })
export type VideoCreateBody = z.infer<typeof VideoCreateBody>

export const VideoRemixBody = z
  .strictObject({
    prompt: Prompt,
    model: Model.nullish().describe('Without it that of the source'),
    input_reference: ImageReference.nullish().describe('A picture beside the source; in a form also a file'),
    ...beside,
  })
  .meta({ examples: [{ prompt: snow.prompt }] })
export type VideoRemixBody = z.infer<typeof VideoRemixBody>

const VideoReference = z
  .strictObject({ id: z.string().describe('Its id') })
  .describe('The finished video that it is made from; in a form also a file')

export const VideoEditBody = z
  .strictObject({
    prompt: Prompt,
    video: VideoReference.optional(),
    model: Model.nullish().describe('Without it that of the source'),
    ...beside,
  })
  // In JSON no file can take the place of the video.
  .meta({ required: ['prompt', 'video'], examples: [{ prompt: snow.prompt, video: { id: ids.source } }] })
export type VideoEditBody = z.infer<typeof VideoEditBody>

export const VideoExtensionBody = VideoEditBody.extend({
  seconds: AnySeconds.describe('How much longer it is to be, as a string or a number'),
}).meta({
  required: ['prompt', 'video', 'seconds'],
  'x-examples': { longer: { value: { prompt: snow.prompt, seconds: '4', video: { id: ids.source } } } },
})
export type VideoExtensionBody = z.infer<typeof VideoExtensionBody>
