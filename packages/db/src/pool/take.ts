import type pg from 'pg'
import type { Connections } from './connections.ts'
import type { Failures } from './failures.ts'
import type { Server } from './server.ts'
import { SUSPECT_AFTER_MS } from './suspect.ts'

type TakeDeps = {
  pool: pg.Pool
  server: Server
  connections: Connections
  failures: Failures
  suspect: () => Promise<void>
}

export function createTake({ pool, server, connections, failures, suspect }: TakeDeps) {
  return async function take(): Promise<pg.PoolClient> {
    for (;;) {
      const failure = failures.current()
      if (failure && pool.idleCount === 0) throw failure
      const client = await connect()
      if (connections.isUsable(client)) return client
      client.release(true)
    }
  }

  async function connect(): Promise<pg.PoolClient> {
    for (let tries = 1; ; tries += 1) {
      const tried = server.at()
      const slow = setInterval(suspect, SUSPECT_AFTER_MS)
      try {
        const client = await pool.connect()
        failures.forget()
        return client
      } catch (error) {
        if (server.adapt(error as Error)) continue
        server.leave(tried)
        if (tries >= server.hosts) throw failures.remember(error)
      } finally {
        clearInterval(slow)
      }
    }
  }
}
