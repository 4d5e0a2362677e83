export type Slots = ReturnType<typeof createSlots>

/**
 * Lets so much work run at once. What takes longer than `lentMs` goes on, but keeps its slot from nobody any longer.
 */
export function createSlots(count: number, lentMs: number) {
  const waiting: (() => void)[] = []
  let free = count

  return async function run<T>(work: () => Promise<T>): Promise<T> {
    if (free > 0) free -= 1
    else await new Promise<void>((taken) => waiting.push(taken))
    let isLent = true
    const giveBack = () => {
      if (!isLent) return
      isLent = false
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
    const timer = setTimeout(giveBack, lentMs)
    try {
      return await work()
    } finally {
      clearTimeout(timer)
      giveBack()
    }
  }
}
