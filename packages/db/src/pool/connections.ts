import type pg from 'pg'
import { withDeadline } from '../deadline.ts'
import { ReadOnlyServer } from '../errors.ts'

export type Connections = ReturnType<typeof createConnections>

const WHO =
  "select current_setting('transaction_read_only') as read_only, pg_postmaster_start_time()::text as server"

export function createConnections(greetWithinMs: number) {
  const open = new Map<pg.ClientBase, { since: number; destroy: () => void }>()
  let retiredBefore = 0
  let led: string | undefined

  return {
    add(client: pg.Client): void {
      // Before it is in the pool and while it is taken from it nobody else listens.
      client.on('error', () => {})
      // biome-ignore lint/suspicious/noExplicitAny: the driver's types leave it out
      const { stream } = (client as any).connection
      open.set(client, { since: performance.now(), destroy: () => stream.destroy() })
      client.once('end', () => open.delete(client))
    },

    retire(): void {
      retiredBefore = performance.now()
    },

    isUsable: (client: pg.ClientBase): boolean => sinceOf(client) >= retiredBefore,

    destroy(client: pg.ClientBase): void {
      open.get(client)?.destroy()
    },

    destroyAll(): void {
      for (const { destroy } of open.values()) destroy()
    },

    /** Refuses a server that takes no writes. When it is another one than before, all that led to that one end. */
    async greet(client: pg.ClientBase): Promise<void> {
      const { rows } = await withDeadline(client.query(WHO), greetWithinMs)
      if (rows[0]?.read_only === 'on') throw new ReadOnlyServer()
      const own = sinceOf(client)
      const isAnother = led !== undefined && led !== rows[0]?.server
      led = rows[0]?.server
      if (!isAnother) return
      retiredBefore = own
      for (const { since, destroy } of open.values()) if (since < own) destroy()
    },
  }

  function sinceOf(client: pg.ClientBase): number {
    return open.get(client)?.since ?? 0
  }
}
