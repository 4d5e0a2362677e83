import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Body, Dialect, Input } from '../dialect.ts'
import { readInput } from '../input.ts'
import { isClip, type Media, mediaOfUrl } from '../media.ts'
import { Problem } from '../problem.ts'
import type { Shown } from '../shown.ts'
import type { Source, Wish } from '../wish.ts'
import { fastApiError } from './fast-api.ts'
import { file, prompt, size, webUrl } from './fields.ts'

const mediaText = z.string().min(1).transform(mediaOfUrl)
const common = { prompt, model: z.string().default('wan'), size: size.default('832x480') }
const jsonBody = z.object({
  ...common,
  seconds: z.int().positive().default(4),
  input_reference: mediaText.optional(),
  reference_url: mediaText.optional(),
  video_url: webUrl.optional(),
})
const formBody = z.object({
  ...common,
  seconds: z.string().regex(/^\d+$/, 'must be a whole number').default('4'),
  input_reference: file.optional(),
  reference_url: mediaText.optional(),
  video_reference: file.optional(),
  video_url: webUrl.optional(),
})

/** One model in memory that says queued until it is done, and may put its clips into a store. */
export const sglang: Dialect = {
  base: '/v1',
  auth: ['bearer'],
  newId: () => randomUUID(),
  submits: [{ path: '/videos', takes: ['json', 'form'], read: readCreate }],
  video: bodyOf,
  content: { thumbnail: false, ranges: true },
  list: {
    pages: { limit: 20, maxLimit: 100, afterUnknown: 'nothing' },
    answer: ({ data }) => ({ data, object: 'list' }),
  },
  remove: {
    running: 'is forgotten',
    answer: ({ id }) => ({ id, object: 'video', status: 'deleted', progress: 0 }),
  },
  problems: { invalid: { status: 422 } },
  contentProblems: { not_ready: { status: 404 }, video_failed: { status: 404 } },
  problemBody: fastApiError,
}

function readCreate({ body, encoding }: Input): Wish {
  const given = { ...(body as object), ...(body as { extra_body?: object }).extra_body }
  if (!('prompt' in given)) throw new Problem('invalid', 'prompt is required', { status: 400 })
  return encoding === 'json' ? readJson(given) : readForm(given)
}

function readJson(given: object): Wish {
  const { seconds, input_reference, reference_url, video_url, ...wish } = readInput(jsonBody, given)
  const reference = input_reference ?? reference_url
  return { ...wish, seconds: String(seconds), ...roleOf(reference, given), ...fromUrl(video_url) }
}

function readForm(given: object): Wish {
  const { input_reference, reference_url, video_reference, video_url, ...wish } = readInput(formBody, given)
  if (!input_reference && !video_reference) {
    throw new Problem('invalid', 'input_reference is required', { status: 400 })
  }
  const clip: { source?: Source } = video_reference ? { source: { by: 'file', file: video_reference } } : {}
  return { ...wish, ...roleOf(input_reference ?? reference_url, given), ...fromUrl(video_url), ...clip }
}

/** A reference is a clip if its type or name says so, and else a picture. */
function roleOf(reference: Media | undefined, given: object): Pick<Wish, 'picture' | 'source'> {
  if (!reference || !isClip(reference)) return { picture: reference }
  if (reference.url === null) return { source: { by: 'file', file: reference } }
  const { input_reference, reference_url } = given as Record<string, unknown>
  return { source: { by: 'url', url: String(input_reference ?? reference_url) } }
}

function fromUrl(url: string | undefined): Pick<Wish, 'source'> {
  return url === undefined ? {} : { source: { by: 'url', url } }
}

function bodyOf(shown: Shown): Body {
  const { id, model, status, size, seconds, createdAt, completedAt, failure } = shown
  const isDone = status === 'completed'
  const isInStore = shown.has('cloud_store')
  return {
    id,
    object: 'video',
    model,
    size,
    seconds,
    status: status === 'in_progress' ? 'queued' : status,
    progress: isDone ? 100 : 0,
    created_at: createdAt,
    quality: 'standard',
    url: isDone && isInStore ? shown.clipUrl : null,
    remixed_from_video_id: null,
    completed_at: completedAt,
    expires_at: null,
    error: failure && { message: failure.message },
    file_path: isInStore ? null : `/out/${id}.mp4`,
    ...(isDone && { num_outputs: 1, inference_time_s: 12.5 }),
  }
}
