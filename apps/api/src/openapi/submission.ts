import { beach, harbour, snow } from '@reelay/contracts/examples'
import type { OpenAPIV3_1 } from 'openapi-types'
import type { About } from './about.ts'

export const ofSubmissions = {
  tag: 'tasks',
  description:
    'Waits a short while for upstream’s acceptance: 200 when it came, 202 when it has not yet, and 422 when upstream refused. Sent again with the same key and the same body it answers for the same task.',
  security: ['bearer'],
  takes: ['Idempotency-Key', 'Prefer', 'X-Stainless-Retry-Count'],
  fails: [
    'idempotency_key_reused',
    'task_deleted',
    'too_many_unfinished',
    'payload_too_large',
    'request_timeout',
    'store_unavailable',
    'upstream_refused',
    'moderation_blocked',
    'submission_unknown',
    'timeout',
  ],
  returns: {
    200: { description: 'Upstream accepted, or the task that this request made before is beyond that' },
    202: { description: 'Taken: the task is made even if nobody asks again', headers: ['Location'] },
  },
} satisfies Omit<About, 'summary'>

/** Of the routes that make a video from an earlier one. */
export const ofDerivations = {
  ...ofSubmissions,
  fails: [
    ...ofSubmissions.fails,
    'source_not_found',
    'source_not_completed',
    'source_not_remixable',
    'source_upstream_gone',
    'upstream_not_found',
    'not_supported_upstream',
  ],
} satisfies Omit<About, 'summary'>

const picture: OpenAPIV3_1.SchemaObject = {
  type: 'string',
  format: 'binary',
  description: 'A picture to start from: JPEG, PNG or WebP of at most 20 MiB and 16.8 million pixels',
}

export const createForm: OpenAPIV3_1.MediaTypeObject = {
  schema: {
    type: 'object',
    properties: {
      prompt: { type: 'string', minLength: 1, maxLength: 32_000 },
      model: { type: 'string', minLength: 1, maxLength: 128 },
      seconds: { type: 'string' },
      size: { type: 'string' },
      upstream: { type: 'string' },
      input_reference: picture,
    },
    required: ['prompt'],
  },
  example: { prompt: harbour.prompt },
}

export const remixForm: OpenAPIV3_1.MediaTypeObject = {
  schema: {
    type: 'object',
    properties: {
      prompt: { type: 'string', minLength: 1, maxLength: 32_000 },
      model: { type: 'string', minLength: 1, maxLength: 128 },
      upstream: { type: 'string' },
      input_reference: picture,
    },
    required: ['prompt'],
  },
  example: { prompt: snow.prompt },
}

export const editForm: OpenAPIV3_1.MediaTypeObject = {
  schema: {
    type: 'object',
    properties: {
      prompt: { type: 'string', minLength: 1, maxLength: 32_000 },
      model: { type: 'string', minLength: 1, maxLength: 128 },
      upstream: { type: 'string' },
    },
    required: ['prompt'],
  },
  example: { prompt: 'the same place with a red boat' },
}

export const extendForm: OpenAPIV3_1.MediaTypeObject = {
  schema: {
    type: 'object',
    properties: {
      prompt: { type: 'string', minLength: 1, maxLength: 32_000 },
      seconds: { type: 'string' },
      model: { type: 'string', minLength: 1, maxLength: 128 },
      upstream: { type: 'string' },
    },
    required: ['prompt', 'seconds'],
  },
  example: { prompt: 'the boat leaves the harbour', seconds: '8' },
}

export const uploadForm: OpenAPIV3_1.MediaTypeObject = {
  schema: {
    type: 'object',
    properties: {
      video: {
        type: 'string',
        format: 'binary',
        description:
          'A whole MP4, WebM, QuickTime or AVI clip of at most UPLOAD_MAX_BYTES, 512 MiB as a rule',
      },
      prompt: { type: 'string', maxLength: 32_000 },
      clientRequestId: { type: 'string', minLength: 1, maxLength: 255 },
      metadata: { type: 'object', additionalProperties: true },
    },
    required: ['video'],
  },
  encoding: { metadata: { contentType: 'application/json' } },
  example: { video: '(bytes)', prompt: beach.prompt },
}

export const uploaded = {
  200: { description: 'The task that this request made before', headers: ['Location'] },
  201: { description: 'Kept', headers: ['Location'] },
} satisfies About['returns']
