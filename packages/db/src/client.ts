import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import * as schema from './schema.ts'

export type Database = PostgresJsDatabase<typeof schema>

export type DatabaseOptions = {
  /** Connections in the pool. */
  max?: number
  /** Server-side limit of one statement, in ms. A server that is frozen itself doesn't keep it. */
  statementTimeoutMs?: number
}

/**
 * Opens a pool; connections are made on first use. Moves are single statements and nothing here opens a
 * transaction: postgres.js lets a transaction's callback go on outside it after its connection died.
 */
export function openDatabase(url: string, { max = 10, statementTimeoutMs = 10_000 }: DatabaseOptions = {}) {
  const client = postgres(url, {
    max,
    connect_timeout: 5,
    backoff: (retries) => Math.min(2, 0.1 * 2 ** retries) * (0.5 + Math.random() / 2),
    connection: { statement_timeout: statementTimeoutMs, application_name: 'reelay' },
    onnotice: () => {},
  })
  const db: Database = drizzle(client, { schema })
  return {
    db,
    /** Rejects when Postgres or the schema isn't there, or no answer comes within `timeoutMs`: the probe of readiness. */
    ping: (timeoutMs = 2000) => withDeadline(client`select from video_tasks limit 1`, timeoutMs),
    close: () => client.end({ timeout: 5 }),
  }
}

async function withDeadline(query: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    await Promise.race([query, deadline])
  } finally {
    clearTimeout(timer)
  }
}
