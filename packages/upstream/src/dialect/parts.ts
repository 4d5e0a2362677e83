import { z } from 'zod'

/** Keys that belong together. One that it doesn't have is a problem that names those that it has. */
export function group<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error: ({ code, keys }) => {
      return code === 'unrecognized_keys'
        ? `has no key ${(keys as string[]).join(', ')}; its keys are ${known}`
        : undefined
    },
  })
}

/** A group whose every key has a value of its own, so that it may be left out whole. */
export function optionalGroup<Shape extends z.ZodRawShape>(shape: Shape) {
  return group(shape).prefault({} as z.input<ReturnType<typeof group<Shape>>>)
}

export const Place = z
  .string()
  .regex(/^(?!.*__proto__)[\w-]+(\[\d+\])*(\.[\w-]+(\[\d+\])*)*$/, 'must be a place as in data.videos[0].url')

/** One place, or several of which the first that holds something counts. */
export const Places = z.union(
  [Place.transform((place) => [place]), z.array(Place).max(100, 'must have at most 100 items')],
  'must be a place as in data.videos[0].url, or a list of places',
)

export const RequestPath = z.string().regex(/^\/[^\s?#]*$/, 'must be a path as in /videos, without ? and #')

export const VideoRequestPath = z
  .string()
  .regex(/^\/[^\s#]*\{id\}[^\s#]*$/, 'must be a path that holds {id}, as in /videos/{id}')

export const Status = z.int().min(200, 'must be at least 200').max(599, 'must be at most 599')

export const FieldName = z.string().regex(/^[\w-]+$/, 'must be the name of a field')

export const DialectName = z
  .string()
  .max(40)
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower case letters, digits and dashes')
