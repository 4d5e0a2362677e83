import { ApiError } from '../http/errors.ts'

export function createConnectionLimit({ perUser, perProcess }: { perUser: number; perProcess: number }) {
  const taken = new Map<string, number>()
  let total = 0

  return {
    /** Returns the function that frees the place. Throws `overloaded` or `too_many_feeds` when there is none. */
    take(userId: string): () => void {
      if (total >= perProcess) throw new ApiError('overloaded')
      const own = taken.get(userId) ?? 0
      if (own >= perUser) throw new ApiError('too_many_feeds')
      taken.set(userId, own + 1)
      total += 1
      return () => free(userId)
    },

    of: (userId: string) => taken.get(userId) ?? 0,
  }

  function free(userId: string): void {
    const left = (taken.get(userId) ?? 0) - 1
    if (left > 0) taken.set(userId, left)
    else taken.delete(userId)
    total -= 1
  }
}
