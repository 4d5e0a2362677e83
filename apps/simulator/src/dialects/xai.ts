import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Body, Dialect, Input } from '../dialect.ts'
import { readInput } from '../input.ts'
import type { Shown } from '../shown.ts'
import type { Wish } from '../wish.ts'
import { mediaUrl, name, prompt, webUrl } from './fields.ts'
import { errorBody } from './openai.ts'
import { sizeOf } from './size-of.ts'

const duration = z.int().min(1).max(15)
const picture = z.object({ url: mediaUrl })
const user = z.string().optional()
const createBody = z.strictObject({
  model: name,
  prompt,
  user,
  duration: duration.default(6),
  aspect_ratio: z
    .string()
    .regex(/^\d+:\d+$/)
    .optional(),
  resolution: z.enum(['480p', '720p', '1080p']).optional(),
  image: picture.optional(),
  reference_images: z.array(picture).min(1).max(7).optional(),
})
const editBody = z.strictObject({ model: name, prompt, user, video: z.object({ url: webUrl }) })
const extendBody = editBody.extend({ duration })

/** Jobs by request, answers without an id, and a clip at an address that anyone may fetch. */
export const xai: Dialect = {
  base: '/v1',
  auth: ['bearer'],
  newId: () => randomUUID(),
  submits: [
    { path: '/videos/generations', takes: ['json'], read: readCreate },
    { path: '/videos/edits', takes: ['json'], read: readEdit },
    { path: '/videos/extensions', takes: ['json'], read: readExtension },
  ],
  accepted: ({ id }) => ({ request_id: id }),
  acceptedNowhere: () => ({ status: 200, body: {} }),
  video(shown) {
    const { status, progress, failure } = shown
    if (status === 'queued') return undefined
    if (status === 'in_progress') return { status: 'pending', progress }
    if (failure && failure.kind !== 'moderated') return failed(failure)
    const done = failure ? blocked(shown) : made(shown)
    return shown.has('no_status') ? done : { status: 'done', progress: 100, ...done }
  },
  videoStatus: ({ status }) => (status === 'queued' || status === 'in_progress' ? 202 : 200),
  clipsArePublic: true,
  problems: {
    invalid: { code: 'invalid-argument' },
    wrong_encoding: { code: 'invalid-argument' },
    moderated: { code: 'content_policy_violation' },
    no_such_video: { code: 'not-found' },
    source_gone: { code: 'invalid-argument' },
  },
  problemBody: (told) =>
    told.status === 401 || told.status === 429
      ? errorBody(told)
      : { code: String(told.code ?? told.type), error: told.message },
}

function readCreate({ body }: Input): Wish {
  const { model, prompt, duration, aspect_ratio, resolution, image, reference_images } = readInput(
    createBody,
    body,
  )
  const shape = { seconds: String(duration), size: sizeOf(resolution, aspect_ratio) }
  return { model, prompt, ...shape, picture: (image ?? reference_images?.[0])?.url }
}

function readEdit({ body }: Input): Wish {
  const { model, prompt, video } = readInput(editBody, body)
  return { model, prompt, source: { by: 'url', url: video.url } }
}

function readExtension({ body }: Input): Wish {
  const { model, prompt, video, duration } = readInput(extendBody, body)
  return { model, prompt, source: { by: 'url', url: video.url }, extension: String(duration) }
}

function made(shown: Shown): Body {
  return { model: shown.model, video: videoOf(shown, shown.clipUrl, true), usage: usageOf(shown) }
}

/** A blocked video is done, and paid. */
function blocked(shown: Shown): Body {
  return { video: videoOf(shown, '', false), usage: usageOf(shown) }
}

function failed({ kind, message }: NonNullable<Shown['failure']>): Body {
  if (kind === 'expired') return { status: 'expired' }
  return { status: 'failed', error: { code: 'internal', message } }
}

function videoOf({ seconds }: Shown, url: string, isModerate: boolean) {
  return { url, duration: Number(seconds), respect_moderation: isModerate }
}

function usageOf({ seconds }: Shown) {
  return { cost_in_usd_ticks: 500_000_000 * Number(seconds) }
}
