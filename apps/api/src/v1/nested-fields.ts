import { problems } from '@reelay/contracts/problems'
import type { FastifyRequest } from 'fastify'
import { invalid } from '../http/errors.ts'

/** Hook: fields of a form such as `video[id]`, which is how SDKs write `{video: {id}}` there. */
export async function nestFields(request: FastifyRequest): Promise<void> {
  if (!request.isMultipart()) return
  const body: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(request.body as Record<string, unknown>)) {
    const [, outer, inner] = /^([^[\]]+)\[([^[\]]+)\]$/.exec(name) ?? []
    if (outer === undefined || inner === undefined) put(body, name, value)
    else if (Object.hasOwn(body, outer)) put(groupIn(body, outer, name), inner, value)
    else body[outer] = { [inner]: value }
  }
  request.body = body
}

function groupIn(body: Record<string, unknown>, outer: string, name: string): Record<string, unknown> {
  const group = body[outer]
  if (typeof group !== 'object' || group === null || Array.isArray(group))
    throw invalid(name, problems.givenTwice)
  return group as Record<string, unknown>
}

function put(record: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') throw invalid('body', problems.wellFormed)
  if (Object.hasOwn(record, name)) throw invalid(name, problems.givenTwice)
  record[name] = value
}
