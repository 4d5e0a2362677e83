import { createSlots } from '../slots.ts'
import type { After, Page } from './page.ts'
import type { Places } from './places.ts'
import { createReadPage, type ReadPageDeps } from './read-page.ts'

export type KeptPages = ReturnType<typeof createKeptPages>

type Kept = { askedAt: number; asked: Promise<Page | undefined>; page: Page | undefined; toldOf: number }

/** A list is one query for upstream, unlike hundreds at once. */
const AT_ONCE = 16
/** Others wait no longer for a page that hangs: a tick has little time. */
const LENT_MS = 500
/** Tasks: to read a page is a request, as to ask for one video is. */
const WORTH = 2
const none = Promise.resolve(undefined)

/** The pages of a list that were asked for no longer than `keptMs` ago; each is asked for once at a time. */
export function createKeptPages({ places, ...deps }: ReadPageDeps & { places: Places }) {
  const { keptMs } = deps
  const pages = new Map<After, Kept>()
  const readPage = createReadPage(deps)
  const slots = createSlots(AT_ONCE, LENT_MS)
  let prunedAt = performance.now()

  function isFresh(kept: Kept | undefined): kept is Kept {
    return kept !== undefined && performance.now() - kept.askedAt <= keptMs
  }

  function ask(after: After): Promise<Page | undefined> {
    prune()
    const kept: Kept = { askedAt: performance.now(), asked: none, page: undefined, toldOf: 0 }
    pages.set(after, kept)
    kept.asked = slots.run(async () => {
      kept.askedAt = performance.now()
      kept.page = deps.trust.isUsable() ? await readPage(after) : undefined
      if (kept.page) places.learn(kept.page, (other) => isFresh(pages.get(other)))
      return kept.page
    })
    return kept.asked
  }

  function prune(): void {
    const now = performance.now()
    if (now - prunedAt < keptMs) return
    prunedAt = now
    for (const [after, { askedAt }] of pages) if (now - askedAt > 4 * keptMs) pages.delete(after)
  }

  return {
    fresh(after: After): Page | undefined {
      const kept = pages.get(after)
      return isFresh(kept) ? kept.page : undefined
    },

    /** Whether a page is to be read for so many tasks: it may tell of others, too, that are due in a moment. */
    isWorth(after: After, due: number): boolean {
      const kept = pages.get(after)
      return kept === undefined || after === undefined || Math.max(due, kept.toldOf) >= WORTH
    },

    noteTold(after: After, count: number): void {
      const kept = pages.get(after)
      if (kept) kept.toldOf += count
    },

    /** A page that was asked for at or after `since`; undefined if it can't be read. */
    read(after: After, since = performance.now() - keptMs): Promise<Page | undefined> {
      const kept = pages.get(after)
      return kept && kept.askedAt >= since ? kept.asked : ask(after)
    },
  }
}
