import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { paddedTo } from '../clips/padding.ts'
import type { Body, Dialect, Input, Page } from '../dialect.ts'
import { readInput } from '../input.ts'
import type { Shown } from '../shown.ts'
import type { Wish } from '../wish.ts'
import { mediaUrl, prompt, size, webUrl } from './fields.ts'
import { pages } from './openai.ts'

const createBody = z.object({
  model: z.string().regex(/^[^/]+\/.+/, 'must look like provider/model'),
  prompt,
  seconds: z.string().regex(/^\d+$/).optional(),
  size: size.optional(),
  input_reference: mediaUrl.optional(),
  video_uri: webUrl.optional(),
  seed: z.number().int().optional(),
  negative_prompt: z.string().optional(),
  audio: z.boolean().optional(),
})
const remixBody = z.object({ prompt })
const tenMegabytes = 10_000_000

/** A gateway: models and ids name the provider, and a finished clip may come within the answer. */
export const bifrost: Dialect = {
  base: '/v1',
  auth: ['bearer'],
  newId: (model) => `${providerOf(model)}:video_${randomBytes(12).toString('hex')}`,
  submits: [
    { path: '/videos', takes: ['json'], read: readCreate },
    { path: '/videos/:id/remix', takes: ['json'], read: readRemix },
  ],
  accepted: (shown) => ({ ...bodyOf(shown), seconds: shown.seconds }),
  async video(shown) {
    if (shown.status !== 'completed') return withoutClip(shown)
    return { ...bodyOf(shown), videos: [await clipOf(shown)] }
  },
  clipsArePublic: true,
  content: { thumbnail: false, ranges: false },
  list: { pages, requires: ['provider'], answer: listBody },
  remove: {
    running: 'is cancelled',
    answer: ({ id, model }) => ({ id, deleted: true, object: 'video.deleted', extra_fields: extra(model) }),
  },
  problems: { wrong_encoding: { status: 400, code: 'invalid_request' } },
  problemBody: ({ message, type, param, code, status }) => ({
    is_bifrost_error: status === 401 || code === 'invalid_request',
    status_code: status,
    error: { type, code, message, param },
    extra_fields: {},
  }),
}

function readCreate({ body }: Input): Wish {
  const { model, prompt, seconds, size, input_reference, video_uri } = readInput(createBody, body)
  const source = video_uri === undefined ? undefined : ({ by: 'url', url: video_uri } as const)
  return { model, prompt, seconds, size, picture: input_reference, source }
}

function readRemix({ body, id }: Input): Wish {
  return { ...readInput(remixBody, body), source: { by: 'id', id } }
}

function bodyOf(shown: Shown): Body {
  const { id, model, status, progress, createdAt, prompt, seconds, size, source } = shown
  return {
    id,
    object: 'video',
    model,
    status,
    prompt,
    size,
    progress: status === 'in_progress' ? progress + 0.4 : progress,
    created_at: createdAt,
    seconds: Number(seconds),
    remixed_from_video_id: source,
    extra_fields: extra(model),
  }
}

/** A blocked video is completed, with nothing in it. */
function withoutClip(shown: Shown): Body {
  const { failure } = shown
  if (!failure) return bodyOf(shown)
  if (failure.kind !== 'moderated') {
    return { ...bodyOf(shown), error: { code: failure.code, message: failure.message } }
  }
  const filtered = { filtered_count: 1, reasons: [failure.message] }
  return { ...bodyOf(shown), status: 'completed', progress: 100, videos: [], content_filter: filtered }
}

async function clipOf(shown: Shown): Promise<Body> {
  const type = { content_type: 'video/mp4' }
  if (!shown.has('base64_clip')) return { type: 'url', url: shown.clipUrl, ...type }
  const bytes = paddedTo(shown.valueOf('base64_clip') ?? tenMegabytes, await shown.clip())
  return { type: 'base64', base64: bytes.toString('base64'), ...type }
}

function listBody({ data, firstId, lastId, hasMore, isBare }: Page): Body {
  const end = isBare ? {} : { first_id: firstId, last_id: lastId, has_more: hasMore }
  return { object: 'list', data, ...end }
}

function providerOf(model: string): string {
  return model.includes('/') ? model.replace(/\/.*/s, '') : 'openai'
}

function extra(model: string) {
  return { provider: providerOf(model), latency: 12 }
}
