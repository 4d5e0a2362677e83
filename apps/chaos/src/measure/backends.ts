import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { World } from '../world/world.ts'

/**
 * The most connections that Postgres was at work on at once, those of the scenario itself included, and the longest
 * that it was at one query.
 */
export type Backends = { most: number; longestMs: number }

/** Looks twenty times a second, and on after Postgres was away. */
export function watchBackends({ db }: World) {
  const seen: Backends = { most: 0, longestMs: 0 }
  const stopping = new AbortController()
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      const [row] = await look().catch(() => [])
      seen.most = Math.max(seen.most, row?.count ?? 0)
      seen.longestMs = Math.max(seen.longestMs, row?.ms ?? 0)
      await sleep(50)
    }
  })()

  function look() {
    return db.execute<{ count: number; ms: number }>(
      sql`select count(*)::int as count,
          coalesce(max(extract(epoch from clock_timestamp() - query_start)) * 1000, 0)::float8 as ms
        from pg_stat_activity
        where state = 'active' and application_name = 'reelay' and pid <> pg_backend_pid()`,
    )
  }

  async function stop(): Promise<Backends> {
    stopping.abort()
    await watching
    return seen
  }

  return {
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
    },
  }
}
