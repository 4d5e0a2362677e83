import type { Fault } from './fault.ts'
import { type FaultKind, faultKinds, type History, type Moment } from './kinds.ts'

export function createFaultHistory() {
  const happened = new Map<string, number>()
  const asked = new Map<string, number>()

  return {
    /** Whether the fault happens at this moment, which counts as its happening. */
    due(moment: Moment, { name, value, count }: Fault, subject: string, age: number): boolean {
      const kind: FaultKind = faultKinds[name]
      if (kind.at !== moment) return false

      const key = JSON.stringify([name, subject])
      const times = happened.get(key) ?? 0
      const { lasts = firstPosts, count: usual = Number.POSITIVE_INFINITY } = kind
      const isDue = lasts({ times, asked: countUp(asked, key), age, value, count: count ?? usual })
      if (isDue) countUp(happened, key)
      return isDue
    },

    clear() {
      happened.clear()
      asked.clear()
    },
  }
}

function countUp(counts: Map<string, number>, key: string): number {
  const before = counts.get(key) ?? 0
  counts.set(key, before + 1)
  return before
}

function firstPosts({ times, count }: History): boolean {
  return times < count
}
