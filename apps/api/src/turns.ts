import { ApiError } from './errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Requests that come in crowds: each goes on in a turn of its own. */
    takesTurns?: boolean
  }
}

/** Node accepts one connection in each turn of its event loop: turns between let everybody else come in. */
const TURNS_BETWEEN = 7
/** Turns of a process that has much to do are long. */
const LONGEST_BETWEEN_MS = 10

/**
 * Lets those go on who come in crowds, one after the other; whom `waiting` already stand before is turned away with
 * `overloaded`. Thousands of listeners come at once when another api has died; let in at once they would keep the
 * event loop for seconds, and everybody else waiting.
 */
export function createTurns(waiting: number): () => Promise<void> {
  const queue: (() => void)[] = []
  let turns = 0
  let lastAt = 0

  function turn(): void {
    turns += 1
    if (turns > TURNS_BETWEEN || performance.now() - lastAt > LONGEST_BETWEEN_MS) {
      turns = 0
      lastAt = performance.now()
      queue.shift()?.()
    }
    if (queue.length > 0) setImmediate(turn)
  }

  return () => {
    if (queue.length >= waiting) throw new ApiError('overloaded')
    return new Promise((resolve) => {
      if (queue.push(resolve) === 1) setImmediate(turn)
    })
  }
}
