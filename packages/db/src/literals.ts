import { unfinishedStatuses } from '@reelay/contracts/lifecycle'
import { type SQL, sql } from 'drizzle-orm'
import { openOutcomes } from './submission-outcome.ts'

/**
 * A list for `in`, written out rather than bound: only then can Postgres tell that a partial index holds what a
 * prepared statement looks for. The same goes for one `literal`.
 */
export function literals(words: readonly string[]): SQL {
  return sql`${[...words]}`.inlineParams()
}

export function literal(word: string | number): SQL {
  return sql`${word}`.inlineParams()
}

export const unfinished = literals(unfinishedStatuses)

export const open = literals(openOutcomes)
