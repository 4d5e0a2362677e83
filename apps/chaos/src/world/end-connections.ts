import type { World } from './world.ts'

/** Ends every connection to Postgres but the one that this is said over. */
export async function endConnections({ db }: World): Promise<void> {
  await db
    .execute(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`)
    .catch(() => {})
}
