import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Dialect, Input } from '../dialect.ts'
import { readInput } from '../input.ts'
import type { Shown } from '../shown.ts'
import { name, prompt } from './fields.ts'
import { pages, readCreate, readEdit, readRemix } from './openai.ts'

const beginning = 'litellm:custom_llm_provider:openai'
const extensionBody = z.object({
  prompt,
  seconds: z.string().regex(/^[1-9]\d?$/),
  video: z.object({ id: name }),
})

/** Its ids name the provider, and the same video's id is not always written in the same way. */
export const litellm: Dialect = {
  base: '/v1',
  alsoAt: '/',
  auth: ['bearer'],
  newId: (model) => encodedId(model, `video_${randomBytes(12).toString('hex')}`),
  canonicalId: (id) => {
    const [, model, own] = /^litellm:.*?;model_id:(.*);video_id:(.*)$/.exec(decoded(id)) ?? []
    return model === undefined || own === undefined ? id : encodedId(model, own)
  },
  submits: [
    { path: '/videos', takes: ['form', 'json'], read: readCreate },
    { path: '/videos/:id/remix', takes: ['json', 'form'], read: readRemix },
    { path: '/videos/edits', takes: ['json', 'form'], read: readEdit },
    { path: '/videos/extensions', takes: ['json'], read: readExtension },
  ],
  accepted: (shown) => ({ ...bodyOf(shown), id: shown.id }),
  video: bodyOf,
  content: { thumbnail: true, ranges: false },
  list: {
    pages,
    answer: ({ data }) => ({ object: 'list', data }),
  },
  problems: {
    wrong_key: { type: 'auth_error' },
    balance_empty: { status: 400, type: 'budget_exceeded' },
    rate_limited: { type: 'throttling_error' },
  },
  problemBody: ({ message, type, param, status }) => ({
    error: { message, type, param: param ?? 'None', code: String(status) },
  }),
}

function readExtension({ body }: Input) {
  const { prompt, seconds, video } = readInput(extensionBody, body)
  return { prompt, extension: seconds, source: { by: 'id', id: video.id } as const }
}

function bodyOf({ id, model, status, progress, createdAt, completedAt, size, seconds, ...rest }: Shown) {
  const { source, failure } = rest
  return {
    id: otherSpelling(id),
    object: 'video',
    status,
    progress,
    size,
    seconds,
    model,
    created_at: createdAt,
    completed_at: completedAt,
    expires_at: null,
    remixed_from_video_id: source,
    error: failure && { code: failure.code, message: failure.message },
    usage: { duration_seconds: Number(seconds) },
  }
}

function encodedId(model: string, own: string): string {
  return encoded(`${beginning};model_id:${model};video_id:${own}`)
}

/** The same video, by another name of the provider. */
function otherSpelling(id: string): string {
  return encoded(decoded(id).replace(beginning, `${beginning}_videos`))
}

function encoded(text: string): string {
  return `video_${Buffer.from(text).toString('base64')}`
}

function decoded(id: string): string {
  return Buffer.from(id.replace(/^video_/, ''), 'base64').toString()
}
