import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Body, Dialect, Input, Page } from '../dialect.ts'
import { readInput } from '../input.ts'
import { mediaNamed, mediaOfUrl } from '../media.ts'
import type { Told } from '../problem.ts'
import type { Shown } from '../shown.ts'
import type { Source, Wish } from '../wish.ts'
import { file, name, prompt } from './fields.ts'

const sizes = ['720x1280', '1280x720', '720x720', '1024x1792', '1792x1024', '1080x1920', '1920x1080']
const seconds = z.enum(['4', '8', '12', '16', '20'])
export const pages = { limit: 20, maxLimit: 100, afterUnknown: 'a problem' } as const
const either = ['json', 'form'] as const

const inputReference = z.union([
  z.object({ image_url: z.string() }).transform(({ image_url }) => mediaOfUrl(image_url)),
  z.object({ file_id: z.string() }).transform(({ file_id }) => mediaNamed(file_id)),
  file,
])

export const source = z.union([
  file.transform((file): Source => ({ by: 'file', file })),
  z.object({ id: name }).transform(({ id }): Source => ({ by: 'id', id })),
])

export const createBody = z.object({
  prompt,
  model: name.default('sora-2'),
  seconds: seconds.default('4'),
  size: z.enum(sizes).default('720x1280'),
  input_reference: inputReference.optional(),
})

/** `model` is not in upstream's reference, but some compatible servers want it. */
const remixBody = z.object({ prompt, model: name.optional() })
const editBody = z.object({ prompt, video: source })
const extendBody = z.object({ prompt, video: source, seconds })

export function readCreate({ body }: Input): Wish {
  const { input_reference: picture, ...wish } = readInput(createBody, body)
  return { ...wish, picture }
}

export function readRemix({ body, id }: Input): Wish {
  return { ...readInput(remixBody, body), source: { by: 'id', id } }
}

export function readEdit({ body }: Input): Wish {
  const { prompt, video } = readInput(editBody, body)
  return { prompt, source: video }
}

export function readExtension({ body }: Input): Wish {
  const { prompt, video, seconds } = readInput(extendBody, body)
  return { prompt, source: video, extension: seconds }
}

export function videoResource(shown: Shown) {
  const { id, model, status, progress, createdAt, completedAt, prompt, size, seconds, failure } = shown
  return {
    id,
    object: 'video',
    model,
    status,
    progress,
    created_at: createdAt,
    completed_at: completedAt,
    expires_at: completedAt === null ? null : completedAt + 3600,
    prompt,
    size,
    seconds,
    remixed_from_video_id: shown.source,
    error: failure && { code: failure.code, message: failure.message },
  }
}

/** Some servers copy the protocol under /sora, and put the address of the clip into it. */
function video(shown: Shown): Body {
  const hasUrl = shown.base.startsWith('/sora') && shown.status === 'completed'
  return hasUrl ? { ...videoResource(shown), video_url: shown.clipUrl } : videoResource(shown)
}

export function pageBody({ data, firstId, lastId, hasMore }: Page): Body {
  return { object: 'list', data, first_id: firstId, last_id: lastId, has_more: hasMore }
}

export function errorBody({ message, type, param, code }: Told): Body {
  return { error: { message, type, param, code } }
}

export const openai: Dialect = {
  base: '/v1',
  auth: ['bearer'],
  hasOpenaiHeaders: true,
  newId: () => `video_${randomBytes(24).toString('hex')}`,
  submits: [
    { path: '/videos', takes: either, read: readCreate },
    { path: '/videos/:id/remix', takes: either, read: readRemix },
    { path: '/videos/edits', takes: either, read: readEdit },
    { path: '/videos/extensions', takes: either, read: readExtension },
  ],
  accepted: videoResource,
  video,
  content: { thumbnail: true, ranges: true },
  list: { pages, answer: pageBody },
  remove: {
    running: 'is refused',
    answer: ({ id }) => ({ id, object: 'video.deleted', deleted: true }),
  },
  problemBody: errorBody,
}
