import type { ExternalTaskId } from '@reelay/contracts/task'
import { reasonOf } from '../answer/answer.ts'
import { type Endpoint, pathOf } from '../endpoint.ts'
import { type RetrieveOutcome, retrieveOutcome } from '../read-outcome.ts'
import { openReader } from './reader.ts'

/** The longest prompt, each of its characters an emoji and escaped, and 8 KB. Hundreds of polls at once may have to hold that. */
const MAX_VIDEO_BYTES = 400_000

export function createRetrieve(endpoint: Endpoint) {
  const { base, scrub, dialect, reading } = endpoint
  const videos = openReader(endpoint, MAX_VIDEO_BYTES)

  return {
    async retrieve(id: ExternalTaskId, signal?: AbortSignal): Promise<RetrieveOutcome> {
      try {
        return retrieveOutcome(await videos.read(pathOf(dialect.retrieve.path, id), signal), scrub, {
          id,
          base,
          reading,
        })
      } catch (error) {
        return { kind: 'trouble', reason: scrub(reasonOf(error)) }
      }
    },
    close: videos.close,
  }
}
