import { setTimeout as sleep } from 'node:timers/promises'
import pg, { type QueryConfig, type QueryResult } from 'pg'
import { ConnectionLost, QueryTimeout } from './errors.ts'
import { type Connections, createConnections } from './pool/connections.ts'
import { createFailures } from './pool/failures.ts'
import { createServer } from './pool/server.ts'
import { createSuspect } from './pool/suspect.ts'
import { createTake } from './pool/take.ts'
import { watchAnswer } from './pool/watch-answer.ts'

export type PoolOptions = {
  max: number
  statementTimeoutMs: number
}

/** A server ends a statement in its time; one that doesn't is gone. */
const GRACE_MS = 1000
const CLOSE_MS = 5000
const LIFETIME_S = { least: 1800, spread: 1800 }

/**
 * Connections to the one server that takes writes. One that leads elsewhere, owes somebody an answer for too long,
 * or was open when another turned out to be read-only, is used no more.
 */
export function openPool(url: string, { max, statementTimeoutMs }: PoolOptions) {
  const server = createServer(url, statementTimeoutMs)
  const connections = createConnections(server.connectTimeoutMs)
  const most = Math.min(max, server.maxConnections ?? max)

  class Client extends pg.Client {
    constructor() {
      super(server.clientConfig())
      connections.add(this)
    }
  }

  const pool = new pg.Pool({
    max: most,
    idleTimeoutMillis: 0,
    maxLifetimeSeconds: LIFETIME_S.least + Math.random() * LIFETIME_S.spread,
    Client,
    onConnect: connections.greet,
  })
  pool.on('error', () => {})
  const suspect = createSuspect({ server, connections, open: () => new Client() })
  const take = createTake({ pool, server, connections, failures: createFailures(), suspect })
  let closed: Promise<void> | undefined

  return {
    max: most,
    prepares: () => !server.isPooled(),
    foundPooled: server.foundPooled,
    retire: connections.retire,

    async send(query: QueryConfig, isWanted: () => boolean): Promise<QueryResult> {
      const client = await take()
      if (isWanted())
        return ask(client, query, { connections, suspect, withinMs: statementTimeoutMs + GRACE_MS })
      client.release()
      throw new QueryTimeout('no connection was free in time')
    },

    /** Lets what is under way end, but not for long; what has no answer then is rejected as unavailable. */
    close(withinMs = CLOSE_MS): Promise<void> {
      closed ??= Promise.race([pool.end(), sleep(withinMs, undefined, { ref: false })]).then(() => {
        connections.destroyAll()
      })
      return closed
    },
  }
}

type AskDeps = { connections: Connections; suspect: () => Promise<void>; withinMs: number }

async function ask(
  client: pg.PoolClient,
  query: QueryConfig,
  { connections, suspect, withinMs }: AskDeps,
): Promise<QueryResult> {
  const watch = watchAnswer({ client, withinMs, suspect })
  try {
    const result = await client.query(query)
    watch.end(false)
    return result
  } catch (error) {
    const isAnswer = error instanceof pg.DatabaseError
    if (isAnswer && error.code === '25006') connections.retire()
    watch.end(!isAnswer || isUseless(error))
    throw isAnswer ? error : new ConnectionLost((error as Error).message, { cause: error })
  }
}

function isUseless({ code = '', routine }: pg.DatabaseError): boolean {
  return /^(57P0|08|25006)/.test(code) || routine === 'RevalidateCachedQuery'
}
