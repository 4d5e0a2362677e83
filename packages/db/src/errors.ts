import { DrizzleQueryError } from 'drizzle-orm'
import pg from 'pg'

/** No answer came in time. The query may have run all the same. */
export class QueryTimeout extends Error {
  code = 'QUERY_TIMEOUT'
}

/** A connection ended under a query, which may have run all the same. */
export class ConnectionLost extends Error {
  code = 'CONNECTION_LOST'
}

/** There was none, so that no query ran. The message is the server's or the network's, and tells no query. */
export class NoConnection extends Error {
  code: string
  constructor(cause: unknown) {
    super((cause as Error).message, { cause })
    this.code = isCoded(cause) ? cause.code : 'NO_CONNECTION'
  }
}

export class ReadOnlyServer extends Error {
  code = '25006'
  constructor() {
    super('the server is read-only')
  }
}

export function sqlState(error: unknown): string | undefined {
  const cause = causeOf(error)
  return isCoded(cause) ? cause.code : undefined
}

export function violatedUnique(error: unknown): string | undefined {
  const cause = causeOf(error)
  return cause instanceof pg.DatabaseError && cause.code === '23505' ? cause.constraint : undefined
}

export function isForeignKeyViolation(error: unknown): boolean {
  return sqlState(error) === '23503'
}

/** Postgres has no disk space left: nothing was written, and reads go on. */
export function isStorageFull(error: unknown): boolean {
  return sqlState(error) === '53100'
}

/** What may be logged of an error: never a query error's own message, which carries the bound parameters. */
export function loggableReason(error: unknown): string {
  const cause = causeOf(error)
  if (cause instanceof NoConnection) return `no connection: ${cause.code} ${cause.message}`.trim()
  if (error instanceof DrizzleQueryError || error instanceof pg.DatabaseError)
    return `query failed: ${sqlState(error)}`
  return error instanceof Error ? error.message : String(error)
}

const unavailable =
  /^(08|53|57P0|57014|25006|40001|40P01|CONNECTION_LOST|ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|QUERY_TIMEOUT|EHOST|ENET|EPIPE)/

/** Postgres is away or too busy: the same query may succeed later, and may have succeeded now. */
export function isUnavailable(error: unknown): boolean {
  return causeOf(error) instanceof NoConnection || unavailable.test(sqlState(error) ?? '')
}

function causeOf(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? error.cause : error
}

function isCoded(error: unknown): error is { code: string } {
  return typeof error === 'object' && error !== null && typeof (error as { code?: unknown }).code === 'string'
}
