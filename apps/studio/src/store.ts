import { useSyncExternalStore } from 'preact/compat'

export type Store<T> = ReturnType<typeof createStore<T>>

/** One value that all of a page shares. */
export function createStore<T>(initial: T) {
  const listeners = new Set<() => void>()
  let value = initial

  return {
    get: () => value,

    set(next: T): void {
      if (Object.is(next, value)) return
      value = next
      for (const listener of listeners) listener()
    },

    subscribe(listener: () => void): () => void {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get)
}
