import type { FastifyInstance } from 'fastify'
import { createWaitingLine } from './waiting-line.ts'

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
  together: number
  /** After so long a wait those at the door come first no more. */
  patienceMs: number
}

/**
 * Lets requests of routes that `isAdmitted` go on one token after the other, while nobody stands at the door.
 * Thousands of listeners come at once when another api has died, and Node accepts one connection in each turn of its
 * event loop: served at once they would make each turn so long that everybody else waits for seconds to be accepted.
 * To be installed before all that costs time.
 */
export function installAdmission(app: FastifyInstance, limits: AdmissionLimits): void {
  const line = createWaitingLine(limits.together)
  let isTurning = false
  let cameIn = false
  let lastAt = 0

  app.server.on('connection', () => {
    cameIn = true
  })
  app.addHook('onRequest', async ({ routeOptions, headers, url }, { raw }) => {
    if (!routeOptions.config.isAdmitted || line.size() >= limits.waiting) return
    const turn = line.join(headers.authorization ?? url, raw)
    if (!isTurning) setImmediate(takeTurn)
    isTurning = true
    await turn
  })

  function takeTurn(): void {
    const now = performance.now()
    const since = line.waitingSince()
    if (since !== undefined && (!cameIn || now - lastAt > longestBetween(now - since))) {
      lastAt = now
      line.letNextGoOn()
    }
    cameIn = false
    isTurning = line.size() > 0
    if (isTurning) setImmediate(takeTurn)
  }

  function longestBetween(waitedMs: number): number {
    return LONGEST_BETWEEN_MS[waitedMs < limits.patienceMs ? 'atFirst' : 'later']
  }
}
