import { z } from 'zod'
import { FieldName, group, optionalGroup, Place, RequestPath } from './parts.ts'

const encodings = {
  multipart: 'a form',
  json: 'JSON',
  'json-unless-file': 'JSON, but a form where a file comes along',
}

export const Create = optionalGroup({
  path: RequestPath.default('/videos').describe('Where a POST makes a video'),
  encoding: z
    .enum(Object.keys(encodings) as [keyof typeof encodings, ...(keyof typeof encodings)[]])
    .default('multipart')
    .describe('How the body is written: multipart, json, or json-unless-file'),
})

const Model = optionalGroup({
  name: Place.default('model').describe('The field of the model'),
  send: z
    .enum(['if-set', 'always', 'never'])
    .default('if-set')
    .describe('always: a request without a model is refused; never: one that names a model is'),
})

const SecondsField = optionalGroup({
  as: z
    .enum(['field', 'model', 'never'])
    .default('field')
    .describe('Where a length is said: in a field of its own, in the model’s name, or nowhere'),
  name: Place.default('seconds').describe('The field of the length'),
  type: z.enum(['string', 'number', 'int']).default('string').describe('How the field is written'),
  inModel: z
    .string()
    .includes('{seconds}', 'must hold {seconds}')
    .default('-{seconds}s')
    .describe('What a length adds to the model’s name'),
  ifUnset: z.int().positive().optional().describe('The length that is sent where nobody asks for one'),
  min: z.number().positive().optional().describe('Shortest length, in seconds'),
  max: z.number().positive().optional().describe('Longest length, in seconds'),
})

const SizeField = optionalGroup({
  as: z
    .enum(['pixels', 'resolution-and-ratio', 'model', 'never'])
    .default('pixels')
    .describe('How a size is said: 1280x720, 720p with 16:9, in the model’s name, or not at all'),
  name: Place.default('size').describe('The field of a size in pixels'),
  resolutionName: Place.default('resolution').describe('The field of 720p'),
  ratioName: Place.default('aspect_ratio').describe('The field of 16:9'),
  resolutions: z
    .array(z.string().regex(/^\d+p$/, 'must look like 720p'))
    .default(['480p', '720p', '1080p'])
    .describe('The resolutions that there are, by the shorter side'),
  ratios: z
    .array(z.string().regex(/^\d+:\d+$/, 'must look like 16:9'))
    .default(['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3'])
    .describe('The ratios that there are'),
  inModel: z
    .string()
    .includes('{shape}', 'must hold {shape}')
    .default('-{shape}')
    .describe('What landscape or portrait adds to the model’s name'),
})

export const Fields = optionalGroup({
  prompt: optionalGroup({ name: Place.default('prompt').describe('The field of the prompt') }).describe(
    'How the prompt is said',
  ),
  model: Model.describe('How the model is said'),
  seconds: SecondsField.describe('How the length is said'),
  size: SizeField.describe('How the size is said'),
})

export const Image = optionalGroup({
  how: z
    .enum(['file', 'string', 'strings', 'object', 'frame-list', 'media-object', 'never'])
    .default('file')
    .describe('How a picture is given: a file, a URL, a list of URLs, {url}, frames, {content, format}'),
  field: FieldName.default('input_reference').describe('The field of the picture'),
  types: z
    .array(z.enum(['image/jpeg', 'image/png', 'image/webp']))
    .default(['image/jpeg', 'image/png', 'image/webp'])
    .describe('The types of pictures that are taken'),
  maxBytes: z.int().positive().optional().describe('Largest picture, in bytes'),
  count: z.int().positive().default(1).describe('Most pictures of one video'),
})

export const Derivation = group({
  verb: z
    .enum(['remix', 'edit', 'continue', 'video-input', 'extend'])
    .describe('What upstream calls it: extend makes a video longer, and the others serve for remixes, too'),
  path: z
    .string()
    .regex(/^\/[^\s?#]*$/, 'must be a path as in /videos/{id}/remix, without ? and #')
    .describe('Where it is asked for'),
  encoding: z.enum(['json', 'multipart']).default('json').describe('How the body is written'),
  source: z
    .enum(['id-in-path', 'id-in-body', 'url', 'file'])
    .describe('How the earlier video is named: by its id, by an address of its clip, or by the clip itself'),
  field: Place.optional().describe('Where in the body the earlier video is named, as in video.id'),
  sends: z
    .array(z.enum(['model', 'seconds', 'size']))
    .default([])
    .describe('What else may be asked for; the rest is as in the earlier video'),
  image: z.boolean().default(false).describe('Whether a picture may come along, as image says'),
}).superRefine(({ path, source, field }, context) => {
  const isInPath = source === 'id-in-path'
  if (isInPath !== path.includes('{id}'))
    context.addIssue({
      code: 'custom',
      path: ['path'],
      message: isInPath ? 'must hold {id}' : `must not hold {id} where the source is ${source}`,
    })
  if (!isInPath && field === undefined)
    context.addIssue({ code: 'custom', path: ['field'], message: 'must say where the source is named' })
})

export type Derivation = z.infer<typeof Derivation>

export const Derive = z.array(Derivation).default([
  {
    verb: 'remix',
    path: '/videos/{id}/remix',
    encoding: 'json',
    source: 'id-in-path',
    sends: [],
    image: false,
  },
  {
    ...{ verb: 'edit', path: '/videos/edits', encoding: 'json', source: 'id-in-body', field: 'video.id' },
    ...{ sends: [], image: false },
  },
  {
    ...{ verb: 'edit', path: '/videos/edits', encoding: 'multipart', source: 'file', field: 'video' },
    ...{ sends: [], image: false },
  },
  {
    ...{ verb: 'extend', path: '/videos/extensions', encoding: 'json', source: 'id-in-body' },
    ...{ field: 'video.id', sends: ['seconds'], image: false },
  },
  {
    ...{ verb: 'extend', path: '/videos/extensions', encoding: 'multipart', source: 'file' },
    ...{ field: 'video', sends: ['seconds'], image: false },
  },
])
