import type { ExternalTaskId } from '@reelay/contracts/task'
import { reasonOf } from '../answer/answer.ts'
import type { Endpoint } from '../endpoint.ts'
import { type ListOutcome, listOutcome } from '../read-outcome.ts'
import { openReader } from './reader.ts'

/** A hundred videos with the longest prompts, every character of them escaped. */
const MAX_LIST_BYTES = 40 * 1024 * 1024

export function createList(endpoint: Endpoint) {
  const lists = openReader(endpoint, MAX_LIST_BYTES)
  const { list, create } = endpoint.dialect

  return {
    async list(after?: ExternalTaskId): Promise<ListOutcome> {
      if (!list) return { kind: 'trouble', reason: 'upstream has no list', noRoute: true }
      const asked = Object.entries({ ...list.query, ...(after && list.after && { [list.after]: after }) })
      const query = asked.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
      try {
        return listOutcome(await lists.read(query ? `${list.path}?${query}` : list.path), endpoint.reading)
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
