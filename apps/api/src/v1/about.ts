import { ids } from '@reelay/contracts/examples'
import type { OpenAPIV3_1 } from 'openapi-types'
import type { About } from '../openapi/about.ts'
import {
  editForm as byId,
  extendForm,
  ofDerivations as ofNativeDerivations,
  ofSubmissions as ofNativeSubmissions,
  uploadForm,
} from '../openapi/submission.ts'

export const ofVideos = { tag: 'videos', security: ['bearer'] } satisfies Partial<About>

/** Of a video that may be unfinished. */
export const maybeUnfinished = { headers: ['openai-poll-after-ms'] } satisfies NonNullable<
  About['returns']
>[number]

export const ofSubmissions = {
  ...ofNativeSubmissions,
  ...ofVideos,
  description:
    'Waits a short while for upstream’s acceptance, and shows the video as it is then: also one that waits for its turn is 200. Sent again by an SDK, or with the same key, it makes no second one.',
  returns: { 200: maybeUnfinished },
} satisfies Omit<About, 'summary'>

export const ofDerivations = { ...ofSubmissions, fails: ofNativeDerivations.fails } satisfies Omit<
  About,
  'summary'
>

/** Of a video by its id, `video[id]` in a form, or by its file. */
export const editForm = withSource(byId)
export const extensionForm = withSource(extendForm)

function withSource({ schema, example }: OpenAPIV3_1.MediaTypeObject): OpenAPIV3_1.MediaTypeObject {
  const { properties, ...rest } = schema as OpenAPIV3_1.SchemaObject
  const { video } = (uploadForm.schema as OpenAPIV3_1.SchemaObject).properties ?? {}
  const id = { type: 'string', description: 'Its id; either this or the file' } as const
  return {
    schema: {
      ...rest,
      type: 'object',
      properties: { ...properties, 'video[id]': id, ...(video && { video }) },
    },
    example: { ...example, 'video[id]': ids.source },
  }
}
