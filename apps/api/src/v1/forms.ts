import { harbour, ids, snow } from '@reelay/contracts/examples'
import type { OpenAPIV3_1 } from 'openapi-types'

type Schema = OpenAPIV3_1.SchemaObject

const text: Schema = { type: 'string', minLength: 1, maxLength: 128 }
const common: Record<string, Schema> = {
  prompt: { type: 'string', minLength: 1, maxLength: 32_000, description: 'What the video should show' },
  model: text,
  upstream: { type: 'string', minLength: 1, maxLength: 40 },
  clientRequestId: { type: 'string', minLength: 1, maxLength: 255 },
  metadata: {
    type: 'object',
    additionalProperties: true,
    description: 'A part of JSON, or a part for each of its fields: `metadata[scene]`',
  },
}

const imageUrl: Schema = {
  type: 'string',
  description: 'A picture to start from: a data URL or an https URL of a JPEG, PNG or WebP',
}
const picture: Record<string, Schema> = {
  input_reference: {
    description: 'A picture to start from',
    oneOf: [
      {
        type: 'string',
        format: 'binary',
        description: 'A file: JPEG, PNG or WebP of at most 20 MiB and 16.8 million pixels',
      },
      {
        type: 'object',
        properties: { image_url: imageUrl },
        required: ['image_url'],
        additionalProperties: false,
        description: 'A part of JSON',
      },
    ],
  },
  'input_reference[image_url]': { ...imageUrl, description: 'The same, as official SDKs write it' },
}

const source: Record<string, Schema> = {
  video: {
    description: 'The finished video that it is made from',
    oneOf: [
      {
        type: 'string',
        format: 'binary',
        description:
          'A file: a whole MP4, WebM, QuickTime or AVI clip of at most UPLOAD_MAX_BYTES, 512 MiB as a rule',
      },
      {
        type: 'object',
        properties: { id: { type: 'string' } },
        required: ['id'],
        additionalProperties: false,
        description: 'One of yours, as a part of JSON',
      },
    ],
  },
  'video[id]': { type: 'string', description: 'The same, as official SDKs write it' },
}
const namesSource = { anyOf: [{ required: ['video'] }, { required: ['video[id]'] }] }

const seconds: Schema = { type: 'string', pattern: '^[1-9]\\d{0,2}$' }
const size: Schema = { type: 'string', pattern: '^\\d{2,4}x\\d{2,4}$' }

/** The forms that official SDKs send, for the document of the Videos API. */
export const createForm = formOf({ ...common, seconds, size, ...picture }, ['prompt'], {
  prompt: harbour.prompt,
})

export const remixForm = formOf({ ...common, ...picture }, ['prompt'], { prompt: snow.prompt })

export const editForm = formOf(
  { ...common, ...source },
  ['prompt'],
  { prompt: snow.prompt, 'video[id]': ids.source },
  namesSource,
)

export const extensionForm = formOf(
  { ...common, seconds, ...source },
  ['prompt', 'seconds'],
  { prompt: snow.prompt, seconds: '4', 'video[id]': ids.source },
  namesSource,
)

function formOf(properties: Record<string, Schema>, required: string[], example: object, more: Schema = {}) {
  const schema: Schema = { type: 'object', properties, required, ...more }
  return { 'multipart/form-data': { schema, example } } satisfies OpenAPIV3_1.RequestBodyObject['content']
}
