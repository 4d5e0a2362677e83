import { expect } from 'vitest'
import type { Json } from './conversation.ts'
import type { Expected } from './expected.ts'

const string = expect.any(String)
const number = expect.any(Number)
const content = (_: Json, id: string) => `/videos/${encodeURIComponent(id)}/content`

const openai: Expected = {
  create: {
    path: '/videos',
    body: (prompt) => ({ prompt, model: 'sora-2', seconds: '8', size: '1280x720' }),
  },
  id: ({ id }) => id,
  looks: /^video_[0-9a-f]+$/,
  created: [
    200,
    {
      object: 'video',
      model: 'sora-2',
      status: 'queued',
      progress: 0,
      created_at: number,
      completed_at: null,
      expires_at: null,
      prompt: 'a kite',
      seconds: '8',
      size: '1280x720',
      remixed_from_video_id: null,
      error: null,
    },
  ],
  queued: [200, { status: 'queued', progress: 0 }],
  running: [200, { status: 'in_progress', progress: 49 }],
  done: [200, { status: 'completed', progress: 100, completed_at: number, expires_at: number }],
  failed: [200, { status: 'failed', error: { code: string, message: string } }],
  blocked: [200, { status: 'failed', error: { code: 'moderation_blocked', message: string } }],
  refused: [400, { error: { code: 'moderation_blocked', message: string, type: string, param: 'prompt' } }],
  limited: [429, { error: { message: string } }],
  badKey: [401, { error: { message: string, type: 'invalid_request_error', param: null } }],
  unknown: [404, { error: { message: string, type: 'invalid_request_error' } }],
  never: ['video_url', 'url', 'task_id'],
  clip: content,
  early: [409, { error: { message: string } }],
  list: (ids) => [
    200,
    {
      object: 'list',
      data: ids.map((id) => ({ id, object: 'video', prompt: string, remixed_from_video_id: null })),
      first_id: ids[0],
      last_id: ids.at(-1),
      has_more: false,
    },
  ],
  deleted: (id) => [200, { id, object: 'video.deleted', deleted: true }],
}

const userError = 'video_generation_user_error'

const azure: Expected = {
  ...openai,
  create: { ...openai.create, form: true },
  created: [200, { ...openai.created[1], expires_at: number }],
  refused: [400, { error: { type: userError, code: null, message: expect.stringContaining('moderation') } }],
  limited: [429, { error: { code: null, type: 'rate_limit' } }],
  badKey: [401, { error: { code: '401', message: string } }],
}

const openrouterError = (code: number) => ({
  error: { code, message: string, metadata: {} },
  user_id: string,
})

const openrouter: Expected = {
  create: {
    path: '/videos',
    body: (prompt) => ({
      model: 'maker/kite-1',
      prompt,
      duration: 8,
      resolution: '720p',
      aspect_ratio: '16:9',
    }),
  },
  id: ({ id }) => id,
  looks: /^gen-vid-\d+-\w{20}$/,
  created: [202, { status: 'pending', polling_url: expect.stringMatching(/^\/api\/v1\/videos\/gen-vid-/) }],
  queued: [200, { status: 'pending', polling_url: string }],
  running: [200, { status: 'in_progress' }],
  done: [
    200,
    { status: 'completed', generation_id: string, unsigned_urls: [string], usage: { cost: number } },
  ],
  failed: [200, { status: 'failed', error: string }],
  blocked: [200, { status: 'failed', error: string }],
  refused: [403, { error: { code: 403, message: string, metadata: { reasons: [string] } }, user_id: string }],
  limited: [429, openrouterError(429)],
  badKey: [401, openrouterError(401)],
  unknown: [404, openrouterError(404)],
  never: ['progress', 'created_at', 'prompt', 'object', 'urls'],
  clip: ({ unsigned_urls }) => unsigned_urls[0],
  early: [400, openrouterError(400)],
  list: null,
  deleted: null,
}

const xai: Expected = {
  create: {
    path: '/videos/generations',
    body: (prompt) => ({
      model: 'picture-video',
      prompt,
      duration: 8,
      aspect_ratio: '16:9',
      resolution: '720p',
    }),
  },
  id: ({ request_id }) => request_id,
  looks: /./,
  created: [200, { request_id: string }],
  queued: [202, undefined],
  running: [202, { status: 'pending', progress: 49 }],
  done: [
    200,
    {
      status: 'done',
      progress: 100,
      model: 'picture-video',
      video: { url: string, duration: 8, respect_moderation: true },
      usage: { cost_in_usd_ticks: number },
    },
  ],
  failed: [200, { status: 'failed', error: { code: string, message: string } }],
  blocked: [200, { status: 'done', video: { url: '', respect_moderation: false } }],
  refused: [400, { code: string, error: string }],
  limited: [429, { error: { message: string } }],
  badKey: [401, { error: { message: string } }],
  unknown: [404, { code: string, error: string }],
  never: ['id', 'request_id', 'created_at', 'prompt'],
  clip: ({ video }) => video.url,
  early: null,
  list: null,
  deleted: null,
}

export const services = { openai, azure, openrouter, xai }
