import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { QueryTimeout } from './errors.ts'
import * as schema from './schema.ts'

export type Database = PostgresJsDatabase<typeof schema>

export type DatabaseOptions = {
  /** Connections in the pool. */
  max?: number
  /** Server-side limit of one statement, in ms. */
  statementTimeoutMs?: number
  /** Our own limit, in ms: a server that is frozen keeps none. Rejects as unavailable; the query may still run. */
  queryTimeoutMs?: number
}

/**
 * Opens a pool; connections are made on first use. Moves are single statements and nothing here opens a
 * transaction: postgres.js lets a transaction's callback go on outside it after its connection died.
 */
export function openDatabase(
  url: string,
  { max = 10, statementTimeoutMs = 10_000, queryTimeoutMs = 12_000 }: DatabaseOptions = {},
) {
  const client = postgres(url, {
    max,
    connect_timeout: 5,
    backoff: (retries) => Math.min(2, 0.1 * 2 ** retries) * (0.5 + Math.random() / 2),
    connection: { statement_timeout: statementTimeoutMs, application_name: 'reelay' },
    onnotice: () => {},
    // Nobody awaits the driver's own look at array types: a connection that died in it would end the process.
    fetch_types: false,
  })
  let inFlight = 0
  const counted = <T>(query: PromiseLike<T>): PromiseLike<T> => {
    inFlight += 1
    const end = () => {
      inFlight -= 1
    }
    query.then(end, end)
    return query
  }
  const db: Database = drizzle(impatient(client, queryTimeoutMs, counted), { schema })
  return {
    db,
    /** Queries that have no answer yet, those included that nobody waits for any more. */
    pool: { inFlight: () => inFlight, max },
    /** Rejects when Postgres or the schema isn't there, or no answer comes within `timeoutMs`: the probe of readiness. */
    ping: async (timeoutMs = 2000): Promise<void> => {
      await withDeadline(client`select from video_tasks limit 1`, timeoutMs)
    },
    close: () => client.end({ timeout: 5 }),
    /** Queries that have no answer yet are rejected as unavailable. */
    closeNow: () => client.end({ timeout: 0 }),
  }
}

/** A list of many names is another text for each length, and a server keeps each prepared one. */
const MOST_PREPARED_PARAMETERS = 32

/**
 * The same client, whose queries are prepared (one round trip instead of two, and nothing to parse) and
 * reject when no answer comes in time.
 */
function impatient(
  client: postgres.Sql,
  timeoutMs: number,
  counted: <T>(query: PromiseLike<T>) => PromiseLike<T>,
): postgres.Sql {
  const unsafe = (...[text, parameters = []]: Parameters<typeof client.unsafe>) => {
    const prepare = parameters.length <= MOST_PREPARED_PARAMETERS
    const pending = client.unsafe(text, parameters, { prepare })
    return {
      // biome-ignore lint/suspicious/noThenProperty: a query of this driver is sent when it is awaited
      then: (...then: Parameters<typeof pending.then>) =>
        withDeadline(counted(pending), timeoutMs).then(...then),
      values: () => withDeadline(counted(pending.values()), timeoutMs),
    }
  }
  return new Proxy(client, {
    get: (target, name) => (name === 'unsafe' ? unsafe : Reflect.get(target, name)),
  })
}

async function withDeadline<T>(query: PromiseLike<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new QueryTimeout(`no answer within ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    return await Promise.race([query, deadline])
  } finally {
    clearTimeout(timer)
  }
}
