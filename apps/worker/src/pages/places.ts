import type { ExternalTaskId } from '@reelay/contracts/task'
import type { After, Page } from './page.ts'
import { createRecentMap } from './recent-map.ts'

export type Places = ReturnType<typeof createPlaces>

type IsKept = (after: ExternalTaskId) => boolean

const KEPT_MS = 150_000

/**
 * On which page of a list a video is. Behind another video it stays where it is, while the first page moves on: before
 * videos are pushed off that, they get a place behind its first one.
 */
export function createPlaces() {
  const places = createRecentMap<ExternalTaskId, ExternalTaskId>(KEPT_MS)
  let front: After
  let frontAt = 0

  /** What has a place is taken over from a page that would have to be read for it. */
  function settle(ids: ExternalTaskId[], after: ExternalTaskId, { running }: Page, isKept: IsKept): void {
    for (const id of ids) {
      const place = running.has(id) ? places.get(id) : after
      if (place === undefined || (place !== after && !isKept(place))) places.set(id, after)
    }
  }

  function learnFirst(page: Page, isKept: IsKept): void {
    const { ids, next } = page
    const [first] = ids
    if (next === undefined || first === undefined) return
    const at = front === undefined ? -1 : ids.indexOf(front)
    const pushedTo = at === -1 ? ids.length : at
    const nextPushedTo = pushedTo + (pushedTo - frontAt)
    frontAt = pushedTo
    if (nextPushedTo < ids.length) return
    settle(ids.slice(1, pushedTo + 1), first, page, isKept)
    front = first
    frontAt = 0
  }

  return {
    /** Where to look for a video: on the first page unless it was seen elsewhere. */
    of: (id: ExternalTaskId): After => places.get(id),

    /** It was found there, or was not: what is known meanwhile by another page stays. */
    found(id: ExternalTaskId, after: After): void {
      if (after !== undefined && places.get(id) === undefined) places.set(id, after)
    },

    lost(id: ExternalTaskId, after: After): boolean {
      if (places.get(id) !== after) return false
      places.delete(id)
      return true
    },

    learn(page: Page, isKept: IsKept): void {
      if (page.after === undefined) learnFirst(page, isKept)
      else settle(page.ids, page.after, page, isKept)
    },
  }
}
