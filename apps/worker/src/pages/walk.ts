import type { ExternalTaskId } from '@reelay/contracts/task'
import type { KeptPages } from './kept-pages.ts'
import type { After } from './page.ts'
import type { Places } from './places.ts'
import { createRecentMap } from './recent-map.ts'
import type { Trust } from './trust.ts'

export type Walk = ReturnType<typeof createWalk>

type WalkDeps = { pages: Pick<KeptPages, 'read'>; places: Pick<Places, 'found'>; trust: Trust }

/** Of a list that has no end. */
const MOST_PAGES = 1000
/** Pages in a row of what has ended: what is older has, too. */
const IN_VAIN = 10
const UNLISTED_MS = 60_000

/**
 * Looks for videos through a list from its beginning, behind those who want to know. What it does not find is not
 * looked for again for a minute.
 */
export function createWalk({ pages, places, trust }: WalkDeps) {
  const unlisted = createRecentMap<ExternalTaskId, number>(UNLISTED_MS)
  let wanted = new Set<ExternalTaskId>()
  let isUnderWay = false

  async function walkOn(): Promise<void> {
    isUnderWay = true
    while (wanted.size > 0 && trust.isUsable()) {
      const sought = wanted
      wanted = new Set()
      await seek(sought)
    }
    wanted.clear()
    isUnderWay = false
  }

  async function seek(sought: Set<ExternalTaskId>): Promise<void> {
    const seen = new Set<ExternalTaskId>()
    let after: After
    for (let inVain = 0, count = 0; sought.size > 0 && inVain < IN_VAIN && count < MOST_PAGES; count += 1) {
      const page = await pages.read(after)
      if (!page) return
      const news = page.ids.filter((id) => !seen.has(id))
      inVain = page.running.size === 0 ? inVain + 1 : 0
      for (const id of news) {
        seen.add(id)
        wanted.delete(id)
        if (!sought.delete(id)) continue
        if (page.running.has(id)) places.found(id, after)
        else noteUnlisted(id)
      }
      if (news.length === 0 || page.next === undefined) break
      after = page.next
    }
    for (const id of sought) noteUnlisted(id)
  }

  function noteUnlisted(id: ExternalTaskId): void {
    unlisted.set(id, performance.now() + UNLISTED_MS)
  }

  return {
    isUnlisted: (id: ExternalTaskId) => (unlisted.get(id) ?? 0) > performance.now(),

    lookFor(ids: ExternalTaskId[]): void {
      for (const id of ids) wanted.add(id)
      if (wanted.size > 0 && !isUnderWay) void walkOn()
    },
  }
}
