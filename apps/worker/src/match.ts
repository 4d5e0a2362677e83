import type { ExternalTaskId } from '@reelay/contracts/task'
import type { Rival } from '@reelay/db/ledger/reads'
import { foldPrompt } from '@reelay/relay/twin-key'
import type { Video } from '@reelay/upstream/video/video'

/** What a lost submission would look like in upstream's list. Times in ms since 1970, by our clock. */
export type LostSubmission = {
  prompt: string
  /** The video that it was made from; `undefined` for a first video, `'any'` where upstream doesn't tell. */
  sourceId: ExternalTaskId | 'any' | undefined
  startedAt: number
  /** Set where upstream's list tells too little to choose among several. */
  mustBeAlone?: boolean
  /** Set where upstream may list it without its source. */
  mayLackSource?: boolean
  /** Others that are listed with the same source and prompt. */
  rival?: Rival | undefined
  /** Set where upstream may list a video by another id than the ledger has. */
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
