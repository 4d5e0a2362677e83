import { createHash } from 'node:crypto'
import { drizzle } from 'drizzle-orm/node-postgres'
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import type pg from 'pg'
import { withDeadline } from './deadline.ts'
import { ReadOnlyServer, sqlState } from './errors.ts'
import { openPool } from './pool.ts'
import * as schema from './schema.ts'

/** Has no transactions: each statement goes to whichever connection is free. */
export type Database = Omit<PgDatabase<Rows, typeof schema>, 'transaction'>

interface Rows extends PgQueryResultHKT {
  type: this['row'][]
}

export type DatabaseOptions = {
  max?: number
  statementTimeoutMs?: number
  /** Our own limit, in ms: a server that is frozen keeps none. Rejects as unavailable; the query may still run. */
  queryTimeoutMs?: number
}

/** Opens a pool; connections are made on first use. Moves are single statements and nothing opens a transaction. */
export function openDatabase(
  url: string,
  { max = 10, statementTimeoutMs = 10_000, queryTimeoutMs = 12_000 }: DatabaseOptions = {},
) {
  const pool = openPool(url, { max, statementTimeoutMs })
  const send = createSend(pool)
  let inFlight = 0

  const db = drizzle(
    { query: (query: pg.QueryConfig, values: unknown[]) => ask(query, values, queryTimeoutMs) } as never,
    { schema },
  ) as unknown as Database

  return {
    db,
    pool: { inFlight: () => inFlight, max: pool.max },
    /**
     * Rejects when Postgres, its permission to write or the schema isn't there, or no answer comes within
     * `timeoutMs`: the probe of readiness.
     */
    ping: async (timeoutMs = 2000): Promise<void> => {
      const text = "select current_setting('transaction_read_only') as value, exists(select from video_tasks)"
      const { rows } = await ask({ text, rowMode: 'array' } as pg.QueryConfig, [], timeoutMs)
      if (rows[0]?.[0] !== 'on') return
      pool.retire()
      throw new ReadOnlyServer()
    },
    close: () => pool.close(),
    closeNow: () => pool.close(0),
  }

  async function ask(query: pg.QueryConfig, values: unknown[], timeoutMs: number) {
    const startedAt = performance.now()
    const isWanted = () => performance.now() - startedAt < timeoutMs
    inFlight += 1
    // Drizzle's names are not ours: who has no server of their own must prepare nothing under them.
    const sent = send({ ...query, name: undefined, values }, isWanted).finally(() => {
      inFlight -= 1
    })
    sent.catch(() => {})
    const result = await withDeadline(sent, timeoutMs)
    return ('rowMode' in query ? result : result.rows) as pg.QueryArrayResult & unknown[]
  }
}

function createSend(pool: ReturnType<typeof openPool>) {
  return async function send(query: pg.QueryConfig, isWanted: () => boolean): Promise<pg.QueryResult> {
    const name = pool.prepares() ? nameOf(query) : undefined
    if (!name) return pool.send(query, isWanted)
    try {
      return await pool.send({ ...query, name }, isWanted)
    } catch (error) {
      // Nothing has run. A pooler gave us a server that doesn't know the statement, or another client's of that name.
      const isForgotten = /^(26000|42P05)$/.test(sqlState(error) ?? '')
      if (isForgotten) pool.foundPooled()
      if (!isForgotten && !isOutdated(error)) throw error
      return pool.send(query, isWanted)
    }
  }
}

/** A list of many names is another text for each length, and a server keeps each prepared one. */
const MOST_PREPARED_PARAMETERS = 32
const names = new Map<string, string>()

function nameOf({ text, values = [] }: pg.QueryConfig): string | undefined {
  if (values.length === 0 || values.length > MOST_PREPARED_PARAMETERS) return undefined
  const name = names.get(text) ?? createHash('sha256').update(text).digest('base64url').slice(0, 24)
  names.set(text, name)
  return name
}

function isOutdated(error: unknown): boolean {
  return (error as pg.DatabaseError).routine === 'RevalidateCachedQuery'
}
