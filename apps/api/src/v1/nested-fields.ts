import { problems } from '@reelay/contracts/problems'
import type { FastifyRequest } from 'fastify'
import { invalid } from '../http/errors.ts'

/** Hook: fields of a form such as `video[id]`, which is how SDKs write `{video: {id}}` there. */
export async function nestFields(request: FastifyRequest): Promise<void> {
  if (!request.isMultipart()) return
  const body: Record<string, unknown> = {}
  const groups = new Map<string, Record<string, unknown>>()
  for (const [name, value] of Object.entries(request.body as Record<string, unknown>)) {
    const [, outer, inner] = /^([^[\]]+)\[([^[\]]+)\]$/.exec(name) ?? []
    if ([name, outer, inner].includes('__proto__')) throw invalid('body', problems.wellFormed)
    if (outer === undefined || inner === undefined) {
      if (groups.has(name)) throw invalid(name, problems.givenTwice)
      body[name] = value
      continue
    }
    const group = groups.get(outer) ?? {}
    if (Object.hasOwn(body, outer) !== groups.has(outer)) throw invalid(name, problems.givenTwice)
    group[inner] = value
    groups.set(outer, group)
    body[outer] = group
  }
  request.body = body
}
