import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Body, Dialect, Input } from '../dialect.ts'
import { readInput } from '../input.ts'
import { mediaOfUrl } from '../media.ts'
import type { Told } from '../problem.ts'
import type { Shown } from '../shown.ts'
import type { Wish } from '../wish.ts'
import { name, prompt, size } from './fields.ts'
import { readRemix } from './openai.ts'

const text = z.string().optional()
const texts = z.union([z.string().transform((one) => [one]), z.array(z.string())]).optional()
const createBody = z.object({
  model: name,
  prompt,
  seconds: z.string().regex(/^\d+$/).optional(),
  duration: z.coerce.number().int().positive().optional(),
  size: size.optional(),
  images: texts,
  image: text,
  input_reference: z.unknown().optional(),
})
const jsonPicture = z.object({ input_reference: text })
const soraSizes = ['720x1280', '1280x720', '1024x1792', '1792x1024']

/** A relay that keeps its own record of a job, and shows what its upstream said. */
export const newApi: Dialect = {
  base: '/v1',
  auth: ['bearer'],
  newId: () => `task_${randomBytes(16).toString('hex')}`,
  submits: [
    { path: '/videos', takes: ['json', 'form'], read: readCreate },
    { path: '/videos/:id/remix', takes: ['json', 'form'], read: readRemix },
  ],
  accepted: (shown) =>
    shown.has('task_id_only') ? { task_id: shown.id } : { ...bodyOf(shown), task_id: shown.id },
  acceptedNowhere: (shown) => ({
    status: 202,
    body: failedToFetch(JSON.stringify({ id: hiddenId(shown.id), status: 'queued' })),
  }),
  video: bodyOf,
  content: { thumbnail: false, ranges: true },
  problems: {
    invalid: { code: 'invalid_request' },
    moderated: { code: 'moderation_blocked' },
    no_such_video: { status: 400, code: 'task_not_exist' },
    no_such_source: { status: 400, code: 'task_not_exist' },
    balance_empty: { status: 403, type: 'new_api_error', code: 'insufficient_user_quota' },
    no_such_model: { status: 503, type: 'new_api_error', code: 'model_not_found' },
  },
  contentProblems: {
    no_such_video: { status: 404 },
    not_ready: { status: 400 },
    video_failed: { status: 400 },
  },
  problemBody(told, scope) {
    const { kind, message, type, code } = told
    if (scope === 'content' || kind === 'wrong_key') return { error: { message, type } }
    if (type === 'new_api_error') return { error: { code, message, type } }
    if (isOfUpstream(told)) return failedToFetch(JSON.stringify({ error: { message, type, code } }))
    return { code: codeOf(told), message, data: null }
  },
}

function readCreate({ body, encoding }: Input): Wish {
  const { model, prompt, seconds, duration, size, ...media } = readInput(createBody, body)
  if (model.startsWith('sora-2')) readInput(z.object({ size: z.enum(soraSizes).optional() }), { size })

  const { images = [], image, input_reference } = media
  // In a form, this part and any file is dropped without a word.
  const other = encoding === 'json' ? readInput(jsonPicture, { input_reference }).input_reference : undefined
  const picture = images[0] ?? image ?? other
  const length = seconds ?? (duration === undefined ? undefined : String(duration))
  return { model, prompt, size, seconds: length, picture: picture ? mediaOfUrl(picture) : undefined }
}

function bodyOf(shown: Shown): Body {
  const { id, model, status, progress, createdAt, completedAt, seconds, size, source, failure } = shown
  return {
    id,
    object: 'video',
    model,
    status,
    seconds,
    size,
    progress: status === 'failed' ? 100 : progress,
    created_at: createdAt,
    ...(completedAt !== null && { completed_at: completedAt }),
    ...(source !== null && { remixed_from_video_id: hiddenId(source) }),
    ...(failure && { error: { message: failure.message } }),
  }
}

/** What its upstream calls a video: of no use to anybody else. */
function hiddenId(id: string): string {
  return `video_${createHash('sha256').update(id).digest('hex').slice(0, 24)}`
}

function failedToFetch(message: string): Body {
  return { code: 'fail_to_fetch_task', message, data: null }
}

function isOfUpstream({ kind }: Told): boolean {
  return ['moderated', 'refused_by_upstream', 'source_unfinished'].includes(kind)
}

function codeOf({ kind, code, param, type }: Told): string | number {
  if (kind !== 'invalid') return code ?? type
  if (param === 'model') return 'missing_model'
  return param === 'size' ? 'invalid_size' : (code ?? type)
}
