import type { Shown } from '../shown.ts'
import type { Video } from '../videos.ts'
import { type Quirk, quirkOf } from './faults.ts'

/** How a list is told: as of when, what its videos are and in which order, and what it says of each and when. */
export interface ListPlay {
  at: number
  date: string | undefined
  order: (newestFirst: Video[]) => Video[]
  momentOf: (place: number) => number
  tell: (shown: Shown, place: number) => Shown[]
}

export function playList(quirks: Quirk[]): ListPlay {
  const cached = quirkOf(quirks, 'list_cached')
  const { armedAt } = cached ?? quirkOf(quirks, 'list_stands') ?? {}
  const at = armedAt ?? Date.now()
  const frozen = quirkOf(quirks, 'list_frozen')
  const isShort = quirkOf(quirks, 'list_short') !== undefined
  const isShuffled = quirkOf(quirks, 'list_shuffled') !== undefined
  const isForged = quirkOf(quirks, 'list_forged') !== undefined
  return {
    at,
    date: cached && armedAt !== undefined ? new Date(armedAt).toUTCString() : undefined,
    order(videos) {
      const listed = isShort ? videos.filter((_, place) => place % 2 === 0) : videos
      return isShuffled ? shuffled(listed) : listed
    },
    momentOf: (place) => (place === frozen?.value && frozen.armedAt) || at,
    tell: isForged ? forged : (shown) => [shown],
  }
}

function shuffled(videos: Video[]): Video[] {
  const places = new Map(videos.map((video) => [video, Math.random()]))
  return videos.toSorted((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0))
}

function forged(shown: Shown, place: number): Shown[] {
  if (shown.status !== 'queued' && shown.status !== 'in_progress') return [shown]
  const ended: Shown = { ...shown, status: 'completed', progress: 100, completedAt: shown.createdAt }
  const failure = { kind: 'failed', code: 'video_generation_failed', message: 'No.' } as const
  const lies: Shown[][] = [
    [ended],
    [{ ...shown, status: 'failed', failure }],
    [{ ...shown, status: 'in_progress', progress: 100 }],
    [shown, ended],
  ]
  return lies[place % lies.length] ?? [shown]
}
