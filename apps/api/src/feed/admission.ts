import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Requests that come in crowds: those with one token, or one address, go on in a turn of their own. */
    isAdmitted?: boolean
  }
}

/** How long those at the door may hold up whoever is next: at first, and when that one's patience is at its end. */
const LONGEST_BETWEEN_MS = { atFirst: 250, later: 25 }

export type AdmissionLimits = {
  /** Who comes when so many wait goes on at once, to whatever else turns crowds away. */
  waiting: number
  /** How many of the same go on in one turn; they can share what they read. */
  together: number
  /** After so long a wait those at the door come first no more. */
  patienceMs: number
}

type Waiting = { since: number; goOn: Set<() => void> }

/**
 * Lets requests of routes that `isAdmitted` go on one token after the other, while nobody stands at the door.
 * Thousands of listeners come at once when another api has died, and Node accepts one connection in each turn of its
 * event loop: served at once they would make each turn so long that everybody else waits for seconds to be accepted.
 * To be installed before all that costs time.
 */
export function installAdmission(app: FastifyInstance, limits: AdmissionLimits): void {
  const queue = new Map<string, Waiting>()
  let waiting = 0
  let isTurning = false
  let cameIn = false
  let lastAt = 0

  app.server.on('connection', () => {
    cameIn = true
  })
  app.addHook('onRequest', async ({ routeOptions, headers, url }, { raw }) => {
    if (routeOptions.config.isAdmitted && waiting < limits.waiting)
      await turnOf(headers.authorization ?? url, raw)
  })

  function turnOf(token: string, response: ServerResponse): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const same = queue.get(token) ?? { since: performance.now(), goOn: new Set() }
    queue.set(token, same)
    same.goOn.add(resolve)
    waiting += 1
    // Who has left holds nobody up, and is still counted by whatever comes next.
    const leave = () => {
      if (!same.goOn.has(resolve)) return
      letGo(same, [resolve])
      if (same.goOn.size === 0) queue.delete(token)
    }
    response.once('close', leave)
    if (!isTurning) setImmediate(turn)
    isTurning = true
    return promise.finally(() => response.off('close', leave))
  }

  function turn(): void {
    const now = performance.now()
    const [next] = queue
    if (next && (!cameIn || now - lastAt > longestFor(next[1], now))) {
      lastAt = now
      serve(...next)
    }
    cameIn = false
    isTurning = queue.size > 0
    if (isTurning) setImmediate(turn)
  }

  function longestFor({ since }: Waiting, now: number): number {
    return LONGEST_BETWEEN_MS[now - since < limits.patienceMs ? 'atFirst' : 'later']
  }

  function serve(token: string, same: Waiting): void {
    letGo(same, [...same.goOn].slice(0, limits.together))
    queue.delete(token)
    if (same.goOn.size > 0) queue.set(token, same)
  }

  function letGo({ goOn }: Waiting, going: (() => void)[]): void {
    waiting -= going.length
    for (const resolve of going) {
      goOn.delete(resolve)
      resolve()
    }
  }
}
