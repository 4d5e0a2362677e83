import { join } from 'node:path'
import { databaseEnvironment, orExit, parseEnvironment } from '@reelay/contracts/environment'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import { connectTo } from './connect.ts'

export const migrationsFolder = join(import.meta.dirname, '../../../drizzle')
const MIGRATION_LOCK = 0x7265656c

/**
 * Brings a database to the newest schema. Several processes may call it at once: a lock lets one work while the
 * others wait and then find nothing to do. It is a transaction's, beside the one that migrates, since behind a pooler
 * a session's would stay when we are gone.
 */
export async function migrate(url: string): Promise<void> {
  const [lock, client] = [await connectTo(url), await connectTo(url)]
  try {
    await lock.query('begin')
    await lock.query(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`)
    await applyMigrations(drizzle(client), { migrationsFolder })
  } finally {
    await Promise.all([lock.end(), client.end()])
  }
}

if (import.meta.main) {
  const { DATABASE_URL } = orExit(() => parseEnvironment(databaseEnvironment, process.env))
  // The first process of a container never hears a signal that it doesn't handle.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => process.exit(1))
  try {
    await migrate(DATABASE_URL)
  } catch (error) {
    console.error(`The database is not migrated: ${(error as Error).message}`)
    process.exit(1)
  }
  console.log('database is up to date')
}
