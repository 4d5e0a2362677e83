import type { ExternalTaskId } from '@reelay/contracts/task'
import { reasonOf, type Scrub } from '../answer/answer.ts'
import type { Video } from '../video/video.ts'
import type { ContentOutcome } from './clip-outcome.ts'
import { drop } from './peek.ts'
import type { Places } from './places.ts'
import { type Found, type Source, worst } from './source.ts'

export type ProbeDeps = Pick<Source, 'find'> & { places: Places; scrub: Scrub }

const PROBED = 'bytes=0-1023'

/**
 * Whether a completed video has anything to play, by asking each place for its first bytes. An address that we
 * don't visit, or with a name unknown here, is taken at upstream's word; trouble on the way there is no verdict.
 */
export async function probe(
  id: ExternalTaskId,
  video: Pick<Video, 'url' | 'urls'>,
  withinMs: number,
  { find, places, scrub }: ProbeDeps,
): Promise<ContentOutcome> {
  const { signal } = new AbortController()
  const until = performance.now() + withinMs
  const failures: Found[] = []
  try {
    const all = [places.route(id) ?? [], places.named(video)].flat()
    for (const [tried, place] of all.entries()) {
      const share = (until - performance.now()) / (all.length - tried)
      const found = await find(place, PROBED, { signal, ms: share })
      if (found.kind === 'clip') {
        drop(found.body)
        return { kind: 'there' }
      }
      failures.push(found)
    }
  } catch (error) {
    return { kind: 'trouble', reason: scrub(reasonOf(error)) }
  }
  if (failures.some((failure) => failure.kind === 'bad_address' && failure.unseen)) return { kind: 'there' }
  const trouble = worst(failures)
  return trouble.kind === 'trouble' ? trouble : { kind: 'missing' }
}
