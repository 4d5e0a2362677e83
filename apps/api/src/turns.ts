import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Requests that come in crowds: those of one token go on in a turn of their own. */
    takesTurns?: boolean
  }
}

/** How long those at the door may keep others waiting. */
const LONGEST_BETWEEN_MS = 250

export type TurnsLimits = {
  /** When so many wait, who comes goes on at once: to be turned away. */
  waiting: number
  /** How many of the same go on in one turn; they can share what they read. */
  together: number
}

/**
 * Lets requests of routes that `takesTurns` go on one token after the other, while nobody stands at the door.
 * Thousands of listeners come at once when another api has died, and Node accepts one connection in each turn of its
 * event loop: served at once they would make each turn so long that everybody else waits for seconds to be accepted.
 * To be installed before all that costs time.
 */
export function installTurns(app: FastifyInstance, limits: TurnsLimits): void {
  const queue = new Map<string, (() => void)[]>()
  let waiting = 0
  let cameIn = false
  let lastAt = 0

  app.server.on('connection', () => {
    cameIn = true
  })
  app.addHook('onRequest', async ({ routeOptions, headers, url }) => {
    if (routeOptions.config.takesTurns && waiting < limits.waiting) await turnOf(headers.authorization ?? url)
  })

  function turnOf(token: string): Promise<void> {
    waiting += 1
    return new Promise((resolve) => {
      const same = queue.get(token)
      if (same) same.push(resolve)
      else if (queue.set(token, [resolve]).size === 1) setImmediate(turn)
    })
  }

  function turn(): void {
    if (!cameIn || performance.now() - lastAt > LONGEST_BETWEEN_MS) {
      lastAt = performance.now()
      next()
    }
    cameIn = false
    if (queue.size > 0) setImmediate(turn)
  }

  function next(): void {
    for (const [token, same] of queue) {
      const going = same.splice(0, limits.together)
      queue.delete(token)
      if (same.length > 0) queue.set(token, same)
      waiting -= going.length
      for (const goOn of going) goOn()
      return
    }
  }
}
