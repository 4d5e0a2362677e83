export type Slots = ReturnType<typeof createSlots>

/** Lets so much work run at once. What takes longer than `lentMs` goes on, but keeps its slot from nobody any longer. */
export function createSlots(count: number, lentMs: number) {
  const waiting: (() => void)[] = []
  let free = count

  function lend(): () => void {
    let isLent = true
    const timer = setTimeout(giveBack, lentMs)
    return giveBack

    function giveBack(): void {
      clearTimeout(timer)
      if (!isLent) return
      isLent = false
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }

  function takeFree(): (() => void) | undefined {
    if (free === 0) return undefined
    free -= 1
    return lend()
  }

  /** Waits for a slot, which is given back with the function that is returned, or when its time is over. */
  async function take(): Promise<() => void> {
    const giveBack = takeFree()
    if (giveBack) return giveBack
    await new Promise<void>((taken) => waiting.push(taken))
    return lend()
  }

  return {
    take,

    /** Begins at once where a slot is free. */
    async run<T>(work: () => Promise<T>): Promise<T> {
      const giveBack = takeFree() ?? (await take())
      try {
        return await work()
      } finally {
        giveBack()
      }
    },
  }
}
