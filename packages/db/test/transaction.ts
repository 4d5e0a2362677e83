import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { expect, onTestFinished } from 'vitest'
import type { TestDatabase } from '../src/test-database.ts'

/** A transaction beside the one under test: what another process would be doing at the same time. */
export async function inTransaction({ url }: TestDatabase) {
  const client = postgres(url, { max: 1 })
  onTestFinished(() => client.end({ timeout: 1 }))
  await client`begin`
  return { sql: client, commit: () => client`commit` }
}

/** Resolves once so many statements in this database wait for a lock. */
export async function statementsWait({ db }: TestDatabase, count = 1): Promise<void> {
  await expect
    .poll(() =>
      db.execute(
        sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      ),
    )
    .toHaveLength(count)
}

/** How often each answer came. */
export function tally<T extends string>(answers: T[]): Partial<Record<T, number>> {
  const counts: Partial<Record<T, number>> = {}
  for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1
  return counts
}
