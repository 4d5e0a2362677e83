import type { ExternalTaskId } from '@reelay/contracts/task'
import { reasonOf } from '../answer/answer.ts'
import type { Dialect } from '../dialect/dialect.ts'
import type { Endpoint } from '../endpoint.ts'
import { type ListOutcome, listOutcome } from '../read-outcome.ts'
import { openReader } from './reader.ts'

/** A hundred videos with the longest prompts, every character of them escaped. */
export const MAX_LIST_BYTES = 40 * 1024 * 1024

export function createList(endpoint: Endpoint) {
  const lists = openReader(endpoint, MAX_LIST_BYTES)
  const { list, create } = endpoint.dialect

  return {
    async list(after?: ExternalTaskId): Promise<ListOutcome> {
      if (!list) return { kind: 'trouble', reason: 'upstream has no list', noRoute: true }
      try {
        return listOutcome(await lists.read(listPath(list, after)), endpoint.reading)
      } catch (error) {
        return { kind: 'trouble', reason: endpoint.scrub(reasonOf(error)) }
      }
    },

    async probe(): Promise<void> {
      await lists.read(`${list?.path ?? create.path}?limit=1`)
    },

    close: lists.close,
  }
}

export function listPath(
  { path, query, after: name }: NonNullable<Dialect['list']>,
  after?: ExternalTaskId,
): string {
  const asked = Object.entries({ ...query, ...(after && name && { [name]: after }) })
  const text = asked.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&')
  return text ? `${path}?${text}` : path
}
