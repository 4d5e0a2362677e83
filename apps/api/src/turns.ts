import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Requests that come in crowds: those of one token go on in a turn of their own. */
    takesTurns?: boolean
  }
}

/** How long those at the door may hold up whoever is next: at first, and when that one's patience is at its end. */
const LONGEST_BETWEEN_MS = { atFirst: 250, later: 25 }

export type TurnsLimits = {
  /** Who comes when so many wait goes on at once, to whatever else turns crowds away. */
  waiting: number
  /** How many of the same go on in one turn; they can share what they read. */
  together: number
  /** After so long a wait those at the door come first no more. */
  patienceMs: number
}

type Waiting = { since: number; goOn: (() => void)[] }

/**
 * Lets requests of routes that `takesTurns` go on one token after the other, while nobody stands at the door.
 * Thousands of listeners come at once when another api has died, and Node accepts one connection in each turn of its
 * event loop: served at once they would make each turn so long that everybody else waits for seconds to be accepted.
 * To be installed before all that costs time.
 */
export function installTurns(app: FastifyInstance, limits: TurnsLimits): void {
  const queue = new Map<string, Waiting>()
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
      if (same) same.goOn.push(resolve)
      else if (queue.set(token, { since: performance.now(), goOn: [resolve] }).size === 1) setImmediate(turn)
    })
  }

  function turn(): void {
    const now = performance.now()
    const [next] = queue
    if (next && (!cameIn || now - lastAt > longestFor(next[1], now))) {
      lastAt = now
      serve(...next)
    }
    cameIn = false
    if (queue.size > 0) setImmediate(turn)
  }

  function longestFor({ since }: Waiting, now: number): number {
    return LONGEST_BETWEEN_MS[now - since < limits.patienceMs ? 'atFirst' : 'later']
  }

  function serve(token: string, same: Waiting): void {
    const going = same.goOn.splice(0, limits.together)
    queue.delete(token)
    if (same.goOn.length > 0) queue.set(token, same)
    waiting -= going.length
    for (const goOn of going) goOn()
  }
}
