import { expect } from 'vitest'
import type { Json } from './conversation.ts'
import type { Expected } from './expected.ts'

const string = expect.any(String)
const number = expect.any(Number)
const content = (_: Json, id: string) => `/videos/${encodeURIComponent(id)}/content`
const id = (created: Json): string => created.id

const litellmError = (code: string) => ({ error: { message: string, type: string, param: string, code } })
const litellmJob = { object: 'video', created_at: number, seconds: '8', size: '1280x720', model: 'sora-2' }

const litellm: Expected = {
  create: {
    path: '/videos',
    body: (prompt) => ({ prompt, model: 'sora-2', seconds: '8', size: '1280x720' }),
  },
  id,
  looks: /^video_[A-Za-z0-9+/]{80,}=*$/,
  created: [200, { ...litellmJob, status: 'queued', progress: 0, usage: { duration_seconds: 8 } }],
  queued: [200, { ...litellmJob, status: 'queued' }],
  running: [200, { ...litellmJob, status: 'in_progress', progress: 49 }],
  done: [200, { ...litellmJob, status: 'completed', progress: 100, completed_at: number }],
  failed: [200, { status: 'failed', error: { code: string, message: string } }],
  blocked: [200, { status: 'failed', error: { code: 'moderation_blocked' } }],
  refused: [400, litellmError('400')],
  limited: [429, litellmError('429')],
  badKey: [401, { error: { message: string, type: 'auth_error', param: 'None', code: '401' } }],
  unknown: [404, litellmError('404')],
  never: ['prompt'],
  clip: content,
  early: [409, litellmError('409')],
  list: (ids) => [200, { object: 'list', data: ids.map(() => ({ object: 'video', status: 'completed' })) }],
  deleted: null,
}

const bifrostError = (status: number) => ({
  is_bifrost_error: expect.any(Boolean),
  status_code: status,
  extra_fields: {},
  error: { message: string, type: string },
})
const bifrostJob = { object: 'video', prompt: string, created_at: number, size: '1280x720' }

const bifrost: Expected = {
  create: {
    path: '/videos',
    body: (prompt) => ({ prompt, model: 'openai/sora-2', seconds: '8', size: '1280x720' }),
  },
  id,
  looks: /^openai:video_/,
  created: [200, { ...bifrostJob, status: 'queued', seconds: '8', extra_fields: { provider: 'openai' } }],
  queued: [200, { ...bifrostJob, status: 'queued', seconds: 8 }],
  running: [200, { ...bifrostJob, status: 'in_progress', progress: 49.4 }],
  done: [
    200,
    {
      ...bifrostJob,
      status: 'completed',
      progress: 100,
      videos: [{ type: 'url', url: string, content_type: 'video/mp4' }],
    },
  ],
  failed: [200, { status: 'failed', error: { code: string, message: string } }],
  blocked: [
    200,
    { status: 'completed', videos: [], content_filter: { filtered_count: 1, reasons: [string] } },
  ],
  refused: [400, bifrostError(400)],
  limited: [429, bifrostError(429)],
  badKey: [401, bifrostError(401)],
  unknown: [404, bifrostError(404)],
  never: ['task_id', 'video_url'],
  clip: ({ videos }) => videos[0].url,
  early: [409, bifrostError(409)],
  list: (ids) => [
    200,
    {
      object: 'list',
      data: ids.map((id) => ({ id, prompt: string })),
      first_id: ids[0],
      last_id: ids.at(-1),
      has_more: false,
    },
  ],
  deleted: (id) => [200, { id, deleted: true, object: 'video.deleted', extra_fields: {} }],
}

const newApiJob = { object: 'video', model: 'sora-2', created_at: number, seconds: '8', size: '1280x720' }
const newApiError = { error: { message: string, type: string } }

const newApi: Expected = {
  create: litellm.create,
  id,
  looks: /^task_/,
  created: [200, { ...newApiJob, task_id: expect.stringMatching(/^task_/), status: 'queued', progress: 0 }],
  queued: [200, { ...newApiJob, status: 'queued' }],
  running: [200, { ...newApiJob, status: 'in_progress', progress: 49 }],
  done: [200, { ...newApiJob, status: 'completed', progress: 100 }],
  failed: [200, { status: 'failed', progress: 100, error: { message: string } }],
  blocked: [200, { status: 'failed', error: { message: expect.stringContaining('moderation') } }],
  refused: [400, { code: 'fail_to_fetch_task', message: expect.stringContaining('moderation'), data: null }],
  limited: [429, { code: string, message: string, data: null }],
  badKey: [401, newApiError],
  unknown: [400, { code: 'task_not_exist', message: string, data: null }],
  never: ['prompt', 'remixed_from_video_id'],
  clip: content,
  early: [400, newApiError],
  list: null,
  deleted: null,
}

const relayError = { error: { code: string, message: string } }

const soraRelay: Expected = {
  create: {
    path: '/videos',
    body: (prompt) => ({ prompt, model: 'sora_video2-landscape-15s' }),
    form: true,
  },
  id,
  looks: /^vid-/,
  created: [200, { object: 'video', model: 'sora_video2-landscape-15s', status: 'pending', progress: 0 }],
  queued: [200, { status: 'pending', progress: 0 }],
  running: [200, { status: 'in_progress', progress: 49 }],
  done: [200, { status: 'completed', progress: 100, video_url: string, image_url: string }],
  failed: [200, { status: 'failed', error: string, error_code: 'gen_error' }],
  blocked: [200, { status: 'failed', error: string, error_code: 'sentinel_block' }],
  refused: [
    400,
    {
      error: {
        code: 'sentinel_block',
        message: expect.stringMatching(/^{"detail":{"code":"sentinel_block"/),
      },
    },
  ],
  limited: [429, relayError],
  badKey: [401, relayError],
  unknown: [404, relayError],
  never: ['prompt', 'remixed_from_video_id'],
  clip: ({ video_url }) => video_url,
  early: null,
  list: null,
  deleted: null,
}

export const gateways = { litellm, bifrost, 'new-api': newApi, 'sora-relay': soraRelay }
