import type { ExternalTaskId } from '@reelay/contracts/task'
import { createRecentMap } from './recent-map.ts'

const FIRST_MS = 60_000
const KEPT_MS = 150_000

type Standstill = { progress: number; since: number; dueAfterMs: number }

/**
 * For how long pages have told the same of a video: that may be true, or hide its end. What is not noted for three
 * intervals, of which `keptMs` is half of one, is forgotten.
 */
export function createStandstills(keptMs: number) {
  const standstills = createRecentMap<ExternalTaskId, Standstill>(Math.max(KEPT_MS, 6 * keptMs))

  return {
    /** Notes what a page tells; true once after a minute of the same, and after two, four and so on. */
    isDue(id: ExternalTaskId, progress = 0): boolean {
      const now = performance.now()
      const known = standstills.get(id)
      if (known?.progress !== progress) {
        standstills.set(id, { progress, since: now, dueAfterMs: FIRST_MS })
        return false
      }
      if (now - known.since < known.dueAfterMs) return false
      known.dueAfterMs *= 2
      return true
    },
  }
}
