export type RecentMap<Key, Value> = ReturnType<typeof createRecentMap<Key, Value>>

/** Forgets what was neither set nor got for `ms`; at the latest after twice that. */
export function createRecentMap<Key, Value>(ms: number) {
  let young = new Map<Key, Value>()
  let old = new Map<Key, Value>()
  let turnsAt = performance.now() + ms

  function turn(): void {
    const now = performance.now()
    if (now < turnsAt) return
    old = now < turnsAt + ms ? young : new Map()
    young = new Map()
    turnsAt = now + ms
  }

  return {
    get(key: Key): Value | undefined {
      turn()
      const value = young.size > 0 ? young.get(key) : undefined
      if (value !== undefined || old.size === 0) return value
      const kept = old.get(key)
      if (kept !== undefined) young.set(key, kept)
      return kept
    },

    set(key: Key, value: Value): void {
      turn()
      young.set(key, value)
    },

    delete(key: Key): void {
      young.delete(key)
      old.delete(key)
    },
  }
}
