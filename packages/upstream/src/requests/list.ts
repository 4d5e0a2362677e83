import type { ExternalTaskId } from '@reelay/contracts/task'
import { reasonOf } from '../answer/answer.ts'
import type { Endpoint } from '../endpoint.ts'
import { type ListOutcome, listOutcome } from '../read-outcome.ts'
import { openReader } from './reader.ts'

/** A hundred videos with the longest prompts, every character of them escaped. */
const MAX_LIST_BYTES = 40 * 1024 * 1024

export function createList(endpoint: Endpoint) {
  const lists = openReader(endpoint, MAX_LIST_BYTES)

  return {
    async list(after?: ExternalTaskId): Promise<ListOutcome> {
      const cursor = after ? `&after=${encodeURIComponent(after)}` : ''
      try {
        return listOutcome(await lists.read(`/videos?limit=100&order=desc${cursor}`))
      } catch (error) {
        return { kind: 'trouble', reason: endpoint.scrub(reasonOf(error)) }
      }
    },

    async probe(): Promise<void> {
      await lists.read('/videos?limit=1')
    },

    close: lists.close,
  }
}
