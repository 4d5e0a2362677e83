import { setTimeout as sleep } from 'node:timers/promises'
import pg, { type PoolClient, type QueryConfig, type QueryResult } from 'pg'
import { withDeadline } from './deadline.ts'
import { driverOptions } from './driver-options.ts'
import { ConnectionLost, NoConnection, QueryTimeout, ReadOnlyServer } from './errors.ts'

export type PoolOptions = {
  max: number
  statementTimeoutMs: number
}

/** A server ends a statement in its time; one that doesn't is gone. */
const GRACE_MS = 1000
/** An answer or a connection that takes this long is a reason to look where the address leads by now. */
const SUSPECT_MS = { after: 500, every: 1500, most: 3000 }
const CLOSE_MS = 5000
const TRY_AGAIN_MS = { first: 50, most: 1000 }
const LIFETIME_S = { least: 1800, spread: 1800 }

/**
 * Connections to the one server that takes writes. One that leads elsewhere, owes somebody an answer for too long,
 * or was open when another turned out to be read-only, is used no more.
 */
export function openPool(url: string, { max, statementTimeoutMs }: PoolOptions) {
  const { config, address } = driverOptions(url)
  const { hosts } = address
  const server = { at: 0, isPooled: address.isPooled, ssl: config.ssl ?? false }
  const open = new Map<pg.ClientBase, { since: number; destroy: () => void }>()
  let retiredBefore = 0
  let led: string | undefined
  let suspectedAt = -Infinity
  let failure: { error: NoConnection; times: number; until: number } | undefined
  let closed: Promise<void> | undefined

  class Client extends pg.Client {
    constructor() {
      const settings = server.isPooled ? {} : { statement_timeout: statementTimeoutMs }
      super({ ...config, ...hosts[server.at], ...settings, ssl: server.ssl })
      // Before it is in the pool and while it is taken from it nobody else listens.
      this.on('error', () => {})
      // biome-ignore lint/suspicious/noExplicitAny: the driver's types leave it out
      const { stream } = (this as any).connection
      open.set(this, { since: performance.now(), destroy: () => stream.destroy() })
      this.once('end', () => open.delete(this))
    }
  }

  const pool = new pg.Pool({
    max: Math.min(max, address.maxConnections ?? max),
    idleTimeoutMillis: 0,
    maxLifetimeSeconds: LIFETIME_S.least + Math.random() * LIFETIME_S.spread,
    Client,
    onConnect: greet,
  })
  pool.on('error', () => {})

  return {
    max,
    /** Whether a statement may have a name, which a pooler of transactions would forget. */
    prepares: () => !server.isPooled,
    /** A pooler turned out to stand in between. */
    isPooled: () => {
      server.isPooled = true
    },
    /** Sends a query when a connection is free, unless it is no longer wanted by then. */
    send,
    retire,
    /** Lets what is under way end, but not for long; what has no answer then is rejected as unavailable. */
    close: (withinMs = CLOSE_MS) => {
      closed ??= Promise.race([pool.end(), sleep(withinMs, undefined, { ref: false })]).then(() => {
        for (const { destroy } of open.values()) destroy()
      })
      return closed
    },
  }

  async function send(query: QueryConfig, isWanted: () => boolean): Promise<QueryResult> {
    const client = await take()
    if (!isWanted()) {
      client.release()
      throw new QueryTimeout('no connection was free in time')
    }
    const watch = watchAnswer(client)
    try {
      const result = await client.query(query)
      watch.end(false)
      return result
    } catch (error) {
      const isAnswer = error instanceof pg.DatabaseError
      if (isAnswer && error.code === '25006') retire()
      watch.end(!isAnswer || isUseless(error))
      throw isAnswer ? error : new ConnectionLost((error as Error).message, { cause: error })
    }
  }

  /** No connection that is open now is used for another query. */
  function retire(): void {
    retiredBefore = performance.now()
  }

  /** Refuses a server that takes no writes. When it is another one than before, all that led to that one end. */
  async function greet(client: pg.ClientBase): Promise<void> {
    const { rows } = await withDeadline(client.query(WHO), config.connectionTimeoutMillis ?? 0)
    if (rows[0]?.read_only === 'on') throw new ReadOnlyServer()
    const own = open.get(client)?.since ?? 0
    const isAnother = led !== undefined && led !== rows[0]?.server
    led = rows[0]?.server
    if (!isAnother) return
    retiredBefore = own
    for (const { since, destroy } of open.values()) if (since < own) destroy()
  }

  async function suspect(): Promise<void> {
    if (performance.now() - suspectedAt < SUSPECT_MS.every) return
    suspectedAt = performance.now()
    const client = new Client()
    const greeted = client.connect().then(() => greet(client))
    greeted.catch(() => {})
    await withDeadline(greeted, SUSPECT_MS.most).catch(() => {
      server.at = (server.at + 1) % hosts.length
    })
    open.get(client)?.destroy()
  }

  /** Gives a connection back, and up when the answer that it owes stays away. */
  function watchAnswer(client: PoolClient) {
    const sentAt = performance.now()
    let timer: NodeJS.Timeout | undefined
    let isBack = false
    const end = (isBroken: boolean) => {
      clearTimeout(timer)
      if (!isBack) client.release(isBroken)
      isBack = true
    }
    const look = () => {
      if (isBack) return
      const waitedMs = performance.now() - sentAt
      const leftMs = statementTimeoutMs + GRACE_MS - waitedMs
      if (leftMs <= 0) return end(true)
      if (waitedMs >= SUSPECT_MS.after) void suspect()
      // What came while this process was busy is read first.
      timer = setTimeout(() => setImmediate(look), Math.min(SUSPECT_MS.after, leftMs))
    }
    look()
    return { end }
  }

  async function take(): Promise<PoolClient> {
    for (;;) {
      if (failure && performance.now() < failure.until && pool.idleCount === 0) throw failure.error
      const client = await connect()
      if ((open.get(client)?.since ?? 0) >= retiredBefore) return client
      client.release(true)
    }
  }

  /** Tries each host once, beginning with the one that was right before. */
  async function connect(): Promise<PoolClient> {
    for (let tries = 1; ; tries += 1) {
      const tried = server.at
      const slow = setInterval(suspect, SUSPECT_MS.after)
      try {
        const client = await pool.connect()
        failure = undefined
        return client
      } catch (error) {
        if (adapt(error as Error)) continue
        if (server.at === tried) server.at = (tried + 1) % hosts.length
        if (tries >= hosts.length) throw remember(error)
      } finally {
        clearInterval(slow)
      }
    }
  }

  /** Whether it is worth trying again at once, in another way. */
  function adapt({ message }: Error): boolean {
    const isPooled = /unsupported startup parameter: statement_timeout/.test(message)
    const isPlain = address.tls === 'prefer' && /not support SSL/.test(message)
    if (isPooled) server.isPooled = true
    if (isPlain) server.ssl = false
    return isPooled || isPlain
  }

  /** A server that is away is not asked by every query. */
  function remember(cause: unknown): NoConnection {
    const error = new NoConnection(cause)
    const now = performance.now()
    if (failure && now < failure.until) return error
    const times = (failure?.times ?? 0) + 1
    const waitMs = Math.min(TRY_AGAIN_MS.most, TRY_AGAIN_MS.first * 2 ** times)
    failure = { error, times, until: now + waitMs * (0.5 + Math.random() / 2) }
    return error
  }
}

const WHO =
  "select current_setting('transaction_read_only') as read_only, pg_postmaster_start_time()::text as server"

/** After what a server said last on it, a connection ends, may not write, or has plans for a table that has changed. */
function isUseless({ code = '', routine }: pg.DatabaseError): boolean {
  return /^(57P0|08|25006)/.test(code) || routine === 'RevalidateCachedQuery'
}
