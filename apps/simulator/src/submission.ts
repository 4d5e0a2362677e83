import { z } from 'zod'
import { ApiError } from './errors.ts'

const sizes = ['720x1280', '1280x720', '720x720', '1024x1792', '1792x1024', '1080x1920', '1920x1080'] as const

/** Counted in characters, of which an emoji is one. */
const prompt = z
  .string()
  .min(1)
  .refine((text) => [...text].length <= 32_000)
const model = z.string().min(1)
const seconds = z.enum(['4', '8', '12', '16', '20'])
const file = z.object({ filename: z.string().optional() })

/** A reference to a video, or an uploaded file of which only the presence matters. */
const video = z.union([z.object({ id: z.string().min(1) }), file.transform(() => ({ id: null }))])

export const createBody = z.object({
  prompt,
  model: model.default('sora-2'),
  seconds: seconds.default('4'),
  size: z.enum(sizes).default('720x1280'),
  input_reference: z
    .union([z.object({ image_url: z.string() }), z.object({ file_id: z.string() }), file])
    .optional(),
})

/** `model` is not in upstream's reference, but some compatible servers want it. */
export const remixBody = z.object({ prompt, model: model.optional() })
export const editBody = z.object({ prompt, video })
export const extendBody = z.object({ prompt, video, seconds })

/** Reads a body or a query, or refuses it as upstream does: the first problem, with its param. */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(nest(input))
  if (parsed.success) return parsed.data

  const issue = parsed.error.issues[0] as z.core.$ZodIssue
  const param = issue.path.join('.') || 'body'
  throw new ApiError(400, `Invalid '${param}': ${issue.message}.`, { param, code: 'invalid_value' })
}

/** Multipart spells a nested member `video[id]`. */
function nest(input: unknown): unknown {
  if (typeof input !== 'object' || input === null) return {}
  const nested: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(input)) {
    const [, outer, inner] = /^(\w+)\[(\w+)\]$/.exec(name) ?? []
    if (outer && inner) nested[outer] = { ...(nested[outer] as object), [inner]: value }
    else nested[name] = value
  }
  return nested
}
