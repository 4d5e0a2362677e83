import { z } from 'zod'
import type { Dialect, Input } from '../dialect.ts'
import { readInput } from '../input.ts'
import type { Told } from '../problem.ts'
import type { Shown } from '../shown.ts'
import { errorBody, openai, readCreate, readEdit, readExtension, readRemix, videoResource } from './openai.ts'

const day = 24 * 3600
const sizes = z.object({ size: z.enum(['720x1280', '1280x720', '1024x1792', '1792x1024']).optional() })

/** OpenAI's protocol, with forms where OpenAI takes JSON, and two videos at a time. */
export const azure: Dialect = {
  ...openai,
  base: '/openai/v1',
  auth: ['api-key', 'bearer'],
  maxRunning: 2,
  submits: [
    { path: '/videos', takes: ['form'], read: readCreateOfOwnSizes },
    { path: '/videos/:id/remix', takes: ['form'], read: readRemix },
    { path: '/videos/edits', takes: ['form', 'json'], read: readEdit },
    { path: '/videos/extensions', takes: ['form', 'json'], read: readExtension },
  ],
  accepted: bodyOf,
  video: bodyOf,
  problems: {
    invalid: { type: 'video_generation_user_error', code: null },
    moderated: { type: 'video_generation_user_error', code: null },
    rate_limited: { type: 'rate_limit', code: null },
    wrong_key: { code: '401' },
    no_such_model: { code: 'DeploymentNotFound' },
  },
  problemBody: (told: Told) =>
    told.kind === 'wrong_key' ? { error: { code: told.code, message: told.message } } : errorBody(told),
}

function readCreateOfOwnSizes(input: Input) {
  readInput(sizes, input.body)
  return readCreate(input)
}

function bodyOf(shown: Shown) {
  return { ...videoResource(shown), expires_at: shown.createdAt + day }
}
