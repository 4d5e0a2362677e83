import { ApiError } from '../http/errors.ts'

/** Lets `atOnce` run, `waiting` wait in order, and turns everybody else away with `overloaded`. */
export function createPlaces({ atOnce, waiting }: { atOnce: number; waiting: number }) {
  const queue: (() => void)[] = []
  let taken = 0

  return async function inPlace<T>(work: () => Promise<T>): Promise<T> {
    if (taken < atOnce) taken += 1
    else if (queue.length >= waiting) throw new ApiError('overloaded')
    else await new Promise<void>((resolve) => queue.push(resolve))
    try {
      return await work()
    } finally {
      // The next in line takes over the place, so that nobody who comes now can slip in between.
      const next = queue.shift()
      if (next) next()
      else taken -= 1
    }
  }
}
