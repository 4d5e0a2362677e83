import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Body, Dialect, Input } from '../dialect.ts'
import { readInput } from '../input.ts'
import { Problem, type Told } from '../problem.ts'
import type { Shown } from '../shown.ts'
import type { Wish } from '../wish.ts'
import { mediaUrl, name, prompt, size } from './fields.ts'
import { sizeOf } from './size-of.ts'

const reference = z.object({
  type: z.enum(['image_url', 'video_url']),
  image_url: z.object({ url: mediaUrl }).optional(),
})
const frame = reference.extend({ frame_type: z.enum(['first_frame', 'last_frame']) })
const createBody = z.object({
  model: name,
  prompt,
  duration: z.number().positive().optional(),
  resolution: z.enum(['480p', '720p', '768p', '1080p', '1K', '2K', '4K']).optional(),
  aspect_ratio: z.enum(['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3', '21:9', '9:21']).optional(),
  size: size.optional(),
  seed: z.int().optional(),
  frame_images: z.array(frame).optional(),
  input_references: z.array(reference).optional(),
  previous_job_id: name.optional(),
})

/** A broker of many models: words and errors of its own, and clips that want the key. */
export const openrouter: Dialect = {
  base: '/api/v1',
  auth: ['bearer'],
  newId: () => `gen-vid-${Math.floor(Date.now() / 1000)}-${randomBytes(10).toString('hex')}`,
  submits: [{ path: '/videos', takes: ['json'], read: readCreate }],
  acceptedStatus: 202,
  accepted: (shown) => ({ ...named(shown), status: 'pending' }),
  video(shown) {
    const { status, failure } = shown
    if (failure)
      return {
        ...named(shown),
        status: failure.kind === 'expired' ? 'expired' : status,
        error: failure.message,
      }
    if (status === 'completed') return { ...named(shown), status, ...resultOf(shown) }
    return { ...named(shown), status: status === 'queued' ? 'pending' : status }
  },
  content: { thumbnail: false, ranges: true },
  problems: {
    wrong_encoding: { status: 400 },
    moderated: { status: 403 },
    balance_empty: { status: 402 },
  },
  contentProblems: { not_ready: { status: 400 }, video_failed: { status: 400 } },
  problemBody: (told) => ({
    error: { code: told.status, message: told.message, metadata: metadataOf(told) },
    user_id: 'user_simulated',
  }),
}

function readCreate({ body }: Input): Wish {
  const { model, prompt, duration, resolution, aspect_ratio, ...more } = readInput(createBody, body)
  if (more.size && (resolution || aspect_ratio)) {
    throw new Problem('invalid', 'Give either size, or resolution and aspect_ratio.', { param: 'size' })
  }
  const { frame_images = [], input_references = [], previous_job_id: previous } = more
  return {
    model,
    prompt,
    seconds: duration === undefined ? undefined : String(duration),
    size: more.size ?? sizeOf(resolution, aspect_ratio),
    picture: [...frame_images, ...input_references].find(({ image_url }) => image_url)?.image_url?.url,
    source: previous === undefined ? undefined : { by: 'id', id: previous },
  }
}

function named({ id, base }: Shown): Body {
  return { id, polling_url: `${base}/videos/${id}` }
}

function resultOf(shown: Shown): Body {
  return {
    generation_id: shown.id.replace('gen-vid', 'gen'),
    unsigned_urls: [`${shown.api}/videos/${shown.id}/content?index=0`],
    ...(shown.has('signed_url') && { urls: [`${shown.clipUrl}?sig=simulated`] }),
    usage: { cost: 0.05 * Number(shown.seconds), is_byok: false },
  }
}

function metadataOf({ kind }: Told): Body {
  return kind === 'moderated' ? { reasons: ['violence'] } : {}
}
