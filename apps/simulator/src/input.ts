import type { z } from 'zod'
import { Problem } from './problem.ts'

/** Reads a body or a query, or refuses it as upstream does: the first problem, with its param. */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(nest(input))
  if (parsed.success) return parsed.data

  const issue = parsed.error.issues[0] as z.core.$ZodIssue
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const param = unknown ?? (issue.path.join('.') || 'body')
  throw new Problem('invalid', `Invalid '${param}': ${issue.message}.`, { param })
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
