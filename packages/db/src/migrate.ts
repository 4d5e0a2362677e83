import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'

/** Each file brings the schema from the one before it to its own. */
export const migrationsFolder = join(import.meta.dirname, '../../../drizzle')
const MIGRATION_LOCK = 0x7265656c

/**
 * Brings a database to the newest schema. Several processes may call it at once: a session lock lets one
 * work while the others wait and then find nothing to do.
 */
export async function migrate(url: string): Promise<void> {
  const client = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} })
  try {
    await client`select pg_advisory_lock(${MIGRATION_LOCK})`
    await applyMigrations(drizzle(client), { migrationsFolder })
  } finally {
    await client.end({ timeout: 5 })
  }
}

if (import.meta.main) {
  const url = process.env.DATABASE_URL
  if (!url) {
    console.error(
      'DATABASE_URL is missing: set it to the database to migrate, as in postgres://user@host/reelay',
    )
    process.exit(1)
  }
  await migrate(url)
  console.log('database is up to date')
}
