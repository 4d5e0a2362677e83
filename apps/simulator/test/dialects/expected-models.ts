import { expect } from 'vitest'
import type { Json } from './conversation.ts'
import type { Expected } from './expected.ts'

const string = expect.any(String)
const number = expect.any(Number)
const content = (_: Json, id: string) => `/videos/${encodeURIComponent(id)}/content`
const id = (created: Json): string => created.id

const omniJob = { object: 'video', model: 'wan', prompt: string, size: '832x480', seconds: '8' }

const vllmOmni: Expected = {
  create: { path: '/videos', body: (prompt) => ({ prompt, seconds: '8', size: '832x480' }), form: true },
  id,
  looks: /^video_gen_[0-9a-f]+$/,
  created: [
    200,
    {
      ...omniJob,
      status: 'queued',
      progress: 0,
      quality: 'default',
      media_type: 'video/mp4',
      remixed_from_video_id: null,
      error: null,
      expires_at: null,
    },
  ],
  queued: [200, { ...omniJob, status: 'queued', progress: 0 }],
  running: [200, { ...omniJob, status: 'in_progress', progress: 0 }],
  done: [200, { ...omniJob, status: 'completed', progress: 100, file_name: string, completed_at: number }],
  failed: [500, { ...omniJob, status: 'failed', error: { code: 500, message: string } }],
  blocked: [400, { ...omniJob, status: 'failed', error: { code: 400, message: string } }],
  refused: [400, { detail: string }],
  limited: [429, { detail: string }],
  badKey: [401, { error: 'Unauthorized' }],
  unknown: [404, { detail: string }],
  never: ['url', 'video_url'],
  clip: content,
  early: [404, { detail: string }],
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
  deleted: (id) => [200, { id, deleted: true, object: 'video.deleted' }],
}

const sglangJob = { object: 'video', model: 'any-name', size: '832x480', seconds: '8', created_at: number }

const sglang: Expected = {
  create: { path: '/videos', body: (prompt) => ({ prompt, model: 'any-name', seconds: 8, size: '832x480' }) },
  id,
  looks: /^[0-9a-f]{8}-[0-9a-f-]{27}$/,
  created: [
    200,
    { ...sglangJob, status: 'queued', progress: 0, quality: 'standard', url: null, error: null },
  ],
  queued: [200, { ...sglangJob, status: 'queued', progress: 0 }],
  running: [200, { ...sglangJob, status: 'queued', progress: 0 }],
  done: [200, { ...sglangJob, status: 'completed', progress: 100, url: null, num_outputs: 1 }],
  failed: [200, { ...sglangJob, status: 'failed', error: { message: string } }],
  blocked: [200, { ...sglangJob, status: 'failed', error: { message: string } }],
  refused: [400, { detail: string }],
  limited: [429, { detail: string }],
  badKey: [401, { detail: string }],
  unknown: [404, { detail: string }],
  never: ['prompt'],
  clip: content,
  early: [404, { detail: string }],
  list: (ids) => [200, { object: 'list', data: ids.map((id) => ({ id, object: 'video' })) }],
  deleted: (id) => [200, { id, object: 'video', status: 'deleted', progress: 0 }],
}

const trtJob = { object: 'video', model: 'wan', prompt: string, duration: 8, fps: number, size: '832x480' }
const trtError = (code: number, type: string) => ({
  object: 'error',
  message: string,
  type,
  param: null,
  code,
})

const trtllm: Expected = {
  create: { path: '/videos', body: (prompt) => ({ prompt, seconds: 8, size: '832x480' }) },
  id,
  looks: /^video_[0-9a-f]+$/,
  created: [202, { ...trtJob, status: 'queued', progress: null, error: null }],
  queued: [200, { ...trtJob, status: 'queued', progress: null }],
  running: [200, { ...trtJob, status: 'generating', progress: null }],
  done: [200, { ...trtJob, status: 'completed', progress: null, completed_at: number }],
  failed: [200, { ...trtJob, status: 'failed', error: string }],
  blocked: [200, { ...trtJob, status: 'failed', error: string }],
  refused: [400, trtError(400, 'BadRequestError')],
  limited: [429, trtError(429, string)],
  badKey: null,
  unknown: [404, trtError(404, 'NotFoundError')],
  never: ['seconds', 'url'],
  clip: content,
  early: [400, trtError(400, 'BadRequestError')],
  list: (ids) => [200, { object: 'list', data: ids.map((id) => ({ id, prompt: string })) }],
  deleted: () => [200, { deleted: true }],
}

export const models = { 'vllm-omni': vllmOmni, sglang, trtllm }
