import { z } from 'zod'
import { type Media, mediaOfUrl } from '../media.ts'

/** Counted in characters, of which an emoji is one. */
export const prompt = z
  .string()
  .min(1)
  .refine((text) => [...text].length <= 32_000, 'too long')

export const name = z.string().min(1)

export const size = z.string().regex(/^[1-9]\d{1,3}x[1-9]\d{1,3}$/, 'must look like 1280x720')

export const file = z.custom<Media>(
  (value) => typeof value === 'object' && value !== null && 'sha256' in value,
  'must be a file',
)

export const mediaUrl = z
  .string()
  .regex(/^(https?:\/\/|data:\w+\/)/, 'must be an https URL or a data URL')
  .transform(mediaOfUrl)

export const webUrl = z.string().regex(/^https?:\/\//, 'must be an https URL')

export function jsonText<Schema extends z.ZodType>(schema: Schema) {
  return z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown
      } catch {
        context.addIssue('must be JSON')
        return z.NEVER
      }
    })
    .pipe(schema)
}
