import type pg from 'pg'
import { withDeadline } from '../deadline.ts'
import type { Connections } from './connections.ts'
import type { Server } from './server.ts'

export const SUSPECT_AFTER_MS = 500

const LOOK_MS = { every: 1500, most: 3000 }

type SuspectDeps = { server: Server; connections: Connections; open: () => pg.Client }

/** Looks where the address leads by now, with a connection of its own: to another server, to none, or where it did. */
export function createSuspect({ server, connections, open }: SuspectDeps) {
  let lookedAt = -Infinity

  return async function suspect(): Promise<void> {
    if (performance.now() - lookedAt < LOOK_MS.every) return
    lookedAt = performance.now()
    const client = open()
    const greeted = client.connect().then(() => connections.greet(client))
    greeted.catch(() => {})
    await withDeadline(greeted, LOOK_MS.most).catch(() => server.leave(server.at()))
    connections.destroy(client)
  }
}
