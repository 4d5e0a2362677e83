import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Body, Dialect, Input } from '../dialect.ts'
import { readInput } from '../input.ts'
import { type Media, mediaOfBase64, mediaOfUrl } from '../media.ts'
import type { Shown } from '../shown.ts'
import type { Wish } from '../wish.ts'
import { file, prompt, size } from './fields.ts'

const onlyPngOrJpeg = 'must be a PNG or a JPEG'
const isPngOrJpeg = ({ type, url }: Media) => url !== null || /^image\/(png|jpeg)$/.test(type ?? '')
const count = z.int().positive().optional()

/** A picture or clip within JSON: its path on the server, its address, or its bytes. */
const mediaObject = z
  .object({
    content: z.string().min(1),
    format: z.enum(['path', 'url', 'base64']),
    role: z.string().optional(),
  })
  .transform(({ content, format }) => (format === 'base64' ? mediaOfBase64(content) : mediaOfUrl(content)))
const first = <Schema extends z.ZodType<Media>>(one: Schema) =>
  z.union([one, z.array(one).min(1)]).transform((media) => [media].flat()[0] as Media)

const jsonBody = z.strictObject({
  prompt,
  model: z.string().optional(),
  size: z.union([size, z.literal('auto')]).default('auto'),
  seconds: z.number().positive().max(60).default(5),
  fps: count,
  seed: z.int().optional(),
  num_inference_steps: count,
  num_frames: count,
  n: count,
  width: count,
  height: count,
  guidance_scale: z.number().optional(),
  negative_prompt: z.string().optional(),
  output_format: z.string().optional(),
  format: z.string().optional(),
  extra_params: z.object({}).loose().optional(),
  input_reference: z.string().transform(mediaOfBase64).refine(isPngOrJpeg, onlyPngOrJpeg).optional(),
  image_reference: first(mediaObject).refine(isPngOrJpeg, onlyPngOrJpeg).optional(),
  video_reference: first(mediaObject).optional(),
})
/** Other parts are ignored, and so is a text where a file belongs. */
const formBody = z.object({
  prompt,
  size: z.union([size, z.literal('auto')]).default('auto'),
  seconds: z.coerce.number().positive().max(60).default(5),
  input_reference: first(file)
    .refine(isPngOrJpeg, onlyPngOrJpeg)
    .optional()
    .or(z.string().transform(() => undefined)),
  image_reference: first(file).refine(isPngOrJpeg, onlyPngOrJpeg).optional(),
  video_reference: first(file).optional(),
})

/** One model in memory, without keys, that names its length a duration. */
export const trtllm: Dialect = {
  base: '/v1',
  auth: ['none'],
  newId: () => `video_${randomBytes(16).toString('hex')}`,
  submits: [{ path: '/videos', takes: ['json', 'form'], read: readCreate }],
  acceptedStatus: 202,
  video: bodyOf,
  content: { thumbnail: false, ranges: true },
  list: { answer: ({ data }) => ({ data, object: 'list' }) },
  remove: { running: 'is cancelled', answer: () => ({ deleted: true }) },
  problems: { wrong_encoding: { status: 400 } },
  contentProblems: { not_ready: { status: 400 }, video_failed: { status: 400 } },
  problemBody: ({ status, message }) => ({
    object: 'error',
    message,
    type: errorTypes[status] ?? 'BadRequestError',
    param: null,
    code: status,
  }),
}

const errorTypes: Record<number, string> = { 404: 'NotFoundError', 500: 'InternalServerError' }

function readCreate({ body, encoding }: Input): Wish {
  const { prompt, size, seconds, ...media } = readInput(encoding === 'json' ? jsonBody : formBody, body)
  const { input_reference, image_reference, video_reference: clip } = media
  const isTyped = image_reference !== undefined || clip !== undefined
  const wish = {
    prompt,
    model: 'wan',
    size: size === 'auto' ? '832x480' : size,
    seconds: String(seconds),
    picture: isTyped ? image_reference : input_reference,
  }
  if (!clip) return wish
  const source =
    clip.url === null ? ({ by: 'file', file: clip } as const) : ({ by: 'url', url: clip.url } as const)
  return { ...wish, source }
}

function bodyOf(shown: Shown): Body {
  const { id, model, status, progress, prompt, seconds, size, createdAt, completedAt, failure } = shown
  const isRendered = status === 'in_progress' && progress >= 80
  return {
    id,
    object: 'video',
    model,
    prompt,
    size,
    progress: null,
    expires_at: null,
    status: isRendered ? 'postprocessing' : status === 'in_progress' ? 'generating' : status,
    created_at: createdAt,
    completed_at: completedAt,
    error: failure?.message ?? null,
    duration: Number(seconds),
    fps: 16,
  }
}
