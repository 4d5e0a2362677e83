import { type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'

/** Like `inArray`, for thousands of ids: one parameter instead of one for each. */
export function isOneOf(column: PgColumn, ids: string[]): SQL {
  return sql`${column} = any(${`{${ids.join()}}`}::uuid[])`
}
