import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Body, Dialect, Input } from '../dialect.ts'
import { readInput } from '../input.ts'
import { isClip, type Media } from '../media.ts'
import { Problem } from '../problem.ts'
import type { Shown } from '../shown.ts'
import type { Wish } from '../wish.ts'
import { fastApiError } from './fast-api.ts'
import { file, jsonText, mediaUrl, prompt, size, webUrl } from './fields.ts'
import { pageBody } from './openai.ts'

const servedModel = 'wan'
const wholeNumber = z.string().regex(/^\d+$/, 'must be a whole number').optional()
const imageReference = jsonText(z.object({ image_url: mediaUrl }))
const videoReference = jsonText(z.object({ video_url: webUrl }))

const createBody = z.object({
  prompt,
  model: z.string().optional(),
  seconds: z
    .string()
    .regex(/^[1-9]\d*$/, 'must be a whole number')
    .optional(),
  size: size.optional(),
  input_reference: file.optional(),
  image_reference: imageReference.optional(),
  video_reference: videoReference.optional(),
  width: wholeNumber,
  height: wholeNumber,
  fps: wholeNumber,
  num_frames: wholeNumber,
  seed: wholeNumber,
})

/** One model in memory, behind forms alone. */
export const vllmOmni: Dialect = {
  base: '/v1',
  auth: ['bearer'],
  newId: () => `video_gen_${randomBytes(16).toString('hex')}`,
  submits: [{ path: '/videos', takes: ['form'], read: readCreate }],
  video: bodyOf,
  /** The poll of a failed video is answered with the status of its error. */
  videoStatus: ({ failure }) => (failure ? errorStatus(failure) : 200),
  content: { thumbnail: false, ranges: true },
  list: {
    pages: { limit: Number.MAX_SAFE_INTEGER, maxLimit: 100, afterUnknown: 'nothing' },
    answer: pageBody,
  },
  remove: {
    running: 'is cancelled',
    answer: ({ id }) => ({ id, deleted: true, object: 'video.deleted' }),
  },
  problems: {
    invalid: { status: 422 },
    wrong_encoding: { status: 422 },
    no_such_model: { status: 400 },
  },
  contentProblems: { not_ready: { status: 404 }, video_failed: { status: 422 } },
  problemBody: (told) => (told.kind === 'wrong_key' ? { error: 'Unauthorized' } : fastApiError(told)),
}

function readCreate({ body }: Input): Wish {
  const { prompt, model, seconds, size, ...references } = readInput(createBody, body)
  if (model !== undefined && model !== servedModel) {
    throw new Problem('no_such_model', `The served model is ${servedModel}.`)
  }
  const { input_reference: given, image_reference: image, video_reference: clip } = references
  if ([given, image, clip].filter(Boolean).length > 1) {
    throw new Problem('invalid', 'More than one reference was given.', { status: 400 })
  }
  const wish = { prompt, model: servedModel, seconds, size: size ?? '832x480' }
  if (clip) return { ...wish, source: { by: 'url', url: clip.video_url } }
  if (given && isClip(given)) return { ...wish, source: { by: 'file', file: given } }
  return { ...wish, picture: given ?? (image?.image_url as Media | undefined) }
}

function bodyOf(shown: Shown): Body {
  const { id, model, prompt, status, size, seconds, createdAt, completedAt, failure } = shown
  const isDone = status === 'completed'
  return {
    id,
    object: 'video',
    model,
    prompt,
    status,
    size,
    seconds,
    progress: isDone ? 100 : 0,
    quality: 'default',
    created_at: createdAt,
    completed_at: completedAt,
    remixed_from_video_id: null,
    error: failure && { code: errorStatus(failure), message: failure.message },
    media_type: 'video/mp4',
    expires_at: null,
    file_name: isDone ? `${id}.mp4` : null,
    inference_time_s: isDone ? 12.5 : null,
    stage_durations: isDone ? { denoise: 11 } : {},
    peak_memory_mb: isDone ? 40_000 : 0,
  }
}

function errorStatus({ kind, status }: NonNullable<Shown['failure']>): number {
  return status || (kind === 'moderated' ? 400 : 500)
}
