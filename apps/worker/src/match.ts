import type { ExternalTaskId } from '@reelay/contracts/task'
import type { Rival } from '@reelay/db/ledger/reads'
import { foldPrompt } from '@reelay/relay/twin-key'
import type { Video } from '@reelay/upstream/video/video'

/**
 * What a lost submission would look like in upstream's list. Times in ms since 1970, by our clock. `sourceId` is the
 * video that it was made from; `undefined` for a first video, `'any'` where upstream doesn't tell. `mustBeAlone`
 * is set where the list tells too little to choose among several, `mayLackSource` where it may be listed without its
 * source, and `idsVary` where a video may be listed by another id than the ledger has. `rival` names others that are
 * listed with the same source and prompt.
 */
export type LostSubmission = {
  prompt: string
  sourceId: ExternalTaskId | 'any' | undefined
  startedAt: number
  mustBeAlone?: boolean
  mayLackSource?: boolean
  rival?: Rival | undefined
  idsVary?: boolean
}

/** How much earlier than our record upstream may say that it began; its times are whole seconds. */
const EARLY_MS = 10_000

/**
 * Whether a listed video can be the wanted one. What upstream doesn't say can't speak for it: without a
 * prompt only an equal source will do, and only where the time is told; without both nothing does. `skewMs` is
 * upstream's clock minus ours.
 */
export function isMatch(
  video: Video,
  wanted: LostSubmission,
  { now, skewMs }: { now: number; skewMs: number },
): boolean {
  const createdAt = video.createdAt === undefined ? undefined : video.createdAt * 1000 - skewMs
  if (createdAt !== undefined && (createdAt < wanted.startedAt - EARLY_MS || createdAt > now + EARLY_MS))
    return false

  if (!isFromSource(video, wanted)) return false
  if (video.prompt !== undefined) return foldPrompt(video.prompt) === foldPrompt(wanted.prompt)
  const isBySource = wanted.sourceId !== 'any' && wanted.sourceId !== undefined && !wanted.mayLackSource
  return createdAt !== undefined && isBySource
}

function isFromSource({ remixedFrom }: Video, { sourceId, mayLackSource }: LostSubmission): boolean {
  return (
    sourceId === 'any' || remixedFrom === sourceId || (mayLackSource === true && remixedFrom === undefined)
  )
}
