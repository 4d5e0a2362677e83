import type { ExternalTaskId } from '@reelay/contracts/task'
import { LRUCache } from 'lru-cache'
import type { Video } from '../video/video.ts'
import { addressesOf } from './clip-bytes.ts'
import type { Place } from './fetch.ts'

/**
 * `pathOf` is where upstream serves a video's clip, if it does; `mayWantKey`, whether addresses that answers name may
 * want our key.
 */
export type PlacesOptions = {
  base: URL
  pathOf: ((id: ExternalTaskId) => string) | undefined
  mayWantKey: boolean
}

export type Places = ReturnType<typeof createPlaces>

const MOST_ADDRESSES = 4
const REMEMBERED_MS = 10 * 60_000

/** Where clips may be, and where the last ones were: players ask for one part after the other. */
export function createPlaces({ base, pathOf, mayWantKey }: PlacesOptions) {
  const last = new LRUCache<ExternalTaskId, Place>({ max: 1000, ttl: REMEMBERED_MS })

  return {
    route(id: ExternalTaskId): Place | undefined {
      return pathOf && { url: new URL(pathOf(id), base), isUpstreams: true, isRoute: true }
    },

    named(video: Pick<Video, 'url' | 'urls'>): Place[] {
      const urls = addressesOf(video).flatMap((address) => URL.parse(address, base.href) ?? [])
      return urls.slice(0, MOST_ADDRESSES).map((url) => ({ url, isUpstreams: mayWantKey }))
    },

    last: (id: ExternalTaskId) => last.get(id),

    remember(id: ExternalTaskId, place: Place): void {
      if (place.isRoute) last.delete(id)
      else last.set(id, place)
    },

    forget: (id: ExternalTaskId) => last.delete(id),
  }
}
