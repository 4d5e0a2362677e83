import { DrizzleQueryError } from 'drizzle-orm'
import postgres from 'postgres'

/** No answer came in time. The query may have run all the same. */
export class QueryTimeout extends Error {
  code = 'QUERY_TIMEOUT'
}

/** SQLSTATE of a failed query, or the driver's own code such as `CONNECTION_CLOSED`; undefined for other errors. */
export function sqlState(error: unknown): string | undefined {
  const cause = error instanceof DrizzleQueryError ? error.cause : error
  if (cause instanceof postgres.PostgresError) return cause.code
  return isCoded(cause) ? cause.code : undefined
}

/** Which unique constraint or index a query ran into, if that is why it failed. */
export function violatedUnique(error: unknown): string | undefined {
  const cause = error instanceof DrizzleQueryError ? error.cause : error
  return cause instanceof postgres.PostgresError && cause.code === '23505' ? cause.constraint_name : undefined
}

/** A row refers to one that is gone, as a token can outlive its user. */
export function isForeignKeyViolation(error: unknown): boolean {
  return sqlState(error) === '23503'
}

/** Postgres has no disk space left: nothing was written, and reads go on. */
export function isStorageFull(error: unknown): boolean {
  return sqlState(error) === '53100'
}

/** What may be logged of an error: never a query error's own message, which carries the bound parameters. */
export function reasonOf(error: unknown): string {
  const state = sqlState(error)
  if (error instanceof DrizzleQueryError || error instanceof postgres.PostgresError)
    return `query failed: ${state}`
  return error instanceof Error ? error.message : String(error)
}

const unavailable =
  /^(08|53|57P0|57014|25006|40001|40P01|CONNECT|ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|QUERY_TIMEOUT|EHOST|ENET|EPIPE)/

/** Postgres is away or too busy: the same query may succeed later, and may have succeeded now. */
export function isUnavailable(error: unknown): boolean {
  return unavailable.test(sqlState(error) ?? '')
}

function isCoded(error: unknown): error is { code: string } {
  return typeof error === 'object' && error !== null && typeof (error as { code?: unknown }).code === 'string'
}
