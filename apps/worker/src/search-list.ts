import type { ExternalTaskId } from '@reelay/contracts/task'
import type { Ledger } from '@reelay/db/ledger'
import type { AgedSubmission } from '@reelay/db/ledger/reads'
import type { UpstreamClient } from '@reelay/upstream/client'
import type { Trouble } from '@reelay/upstream/read-outcome'
import type { Video } from '@reelay/upstream/video/video'
import { isMatch, type LostSubmission } from './match.ts'

export type NotFound = Trouble & { noRoute?: boolean }

export type ListSearchDeps = {
  ledger: Pick<Ledger, 'knownExternalIds' | 'hasLostTwin' | 'hasMadeTwin' | 'hasRival'>
}

type Upstream = Pick<UpstreamClient, 'list' | 'retrieve'>

/** A list is read back to this long before the submission began: upstream’s times are not exact. */
const SEARCH_BACK_MS = 120_000
const MOST_PAGES = 50

/** Reads upstream's list for the video that a lost answer would have named. Only a search of all of it can miss it. */
export function createListSearch(deps: ListSearchDeps) {
  return async function search(
    wanted: LostSubmission,
    submission: AgedSubmission,
    upstream: Upstream,
  ): Promise<Video | NotFound | undefined> {
    const matches: Video[] = []
    const trouble = await readBack(wanted, matches, upstream)
    const namesOf = ({ id, names = [id] }: Video) => names.filter((name) => name !== wanted.sourceId)
    // Before the ledger's ids are read: what is none's rival any more has its id there by then.
    const rivals = await ofRivals(wanted, matches, submission)
    const known = await deps.ledger.knownExternalIds(matches.flatMap(namesOf), submission.credential)
    const unowned = matches.filter((video) => {
      return !rivals.includes(video) && !namesOf(video).some((name) => known.has(name))
    })
    const [oldest] = unowned
      .filter(({ createdAt }) => createdAt !== undefined && !wanted.mustBeAlone)
      .sort((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0))
    if (oldest || trouble) return oldest ?? trouble
    // Without a time it may be older than the submission, and without a prompt anybody's: it must be alone, and no other
    // lost one's.
    if (unowned.length !== 1 || (await deps.ledger.hasLostTwin(submission))) return undefined
    // It may be one that the ledger has by another name.
    if (wanted.idsVary && (await deps.ledger.hasMadeTwin(submission))) return undefined
    return unowned[0]
  }

  /** Which of them may be the video of a rival that is on its way or was given up. */
  async function ofRivals(
    { rival }: LostSubmission,
    matches: Video[],
    submission: AgedSubmission,
  ): Promise<Video[]> {
    const alike = rival ? matches.filter(({ remixedFrom }) => remixedFrom === rival.sourceId) : []
    return rival && alike.length > 0 && (await deps.ledger.hasRival(submission, rival)) ? alike : []
  }
}

async function readBack(
  wanted: LostSubmission,
  matches: Video[],
  upstream: Upstream,
): Promise<NotFound | undefined> {
  const seen = new Set<ExternalTaskId>()
  let after: ExternalTaskId | undefined
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = await upstream.list(after)
    if (page.kind === 'trouble') return { ...page, noRoute: page.noRoute === true && pages === 0 }
    const fresh = page.videos.filter(({ id }) => !seen.has(id))
    for (const { id } of fresh) seen.add(id)

    const now = Date.now()
    const skewMs = page.date === undefined ? 0 : page.date - now
    matches.push(...fresh.filter((video) => isMatch(video, wanted, { now, skewMs })))
    if (after !== undefined && fresh.length === 0) {
      return page.videos.length === 0 ? lostPlace(after, upstream) : page.hasMore ? endless : undefined
    }
    if (page.next === undefined || goesBackTo(wanted.startedAt - SEARCH_BACK_MS + skewMs, fresh))
      return undefined
    after = page.next
  }
  return endless
}

/** Some servers return an empty page when they don't know the video that it should follow. */
async function lostPlace(after: ExternalTaskId, upstream: Upstream): Promise<NotFound | undefined> {
  const observation = await upstream.retrieve(after)
  if (observation.kind === 'trouble') return observation
  return observation.kind === 'video' ? undefined : { kind: 'trouble', reason: 'the list has lost its place' }
}

/** A list that goes round and round, or has no end, is no list. */
const endless = { kind: 'trouble', reason: 'the list has no end' } as const

function goesBackTo(instant: number, videos: Video[]): boolean {
  const times = videos.flatMap(({ createdAt }) => createdAt ?? [])
  const [newest = 0, oldest = 0] = [times[0], times.at(-1)]
  const isOrdered = times.every((time, n) => n === 0 || time <= (times[n - 1] ?? 0))
  return isOrdered && newest > oldest && oldest * 1000 < instant
}
