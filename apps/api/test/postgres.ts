import { openDatabase } from '@reelay/db/client'
import { migrate } from '@reelay/db/migrate'
import { startPostgres } from '@reelay/local-services/services'
import { sql } from 'drizzle-orm'
import { onTestFinished } from 'vitest'
import { aFolder } from './folder.ts'

/** A Postgres of the test's own, to be frozen as a whole: a frozen postmaster alone leaves its backends at work. */
export async function aPostgres() {
  const postgres = await startPostgres({ dir: aFolder(), fsync: false })
  await migrate(postgres.url)
  const observer = openDatabase(postgres.url, { max: 1 })
  let frozen: number[] = []

  const thaw = () => {
    for (const pid of frozen) signal(pid, 'SIGCONT')
    frozen = []
  }
  onTestFinished(async () => {
    thaw()
    await observer.close()
    await postgres.stop()
  })

  return {
    url: postgres.url,
    /** The postmaster first, so that no backend is born meanwhile. */
    async freeze(): Promise<void> {
      await observer.db.execute(sql`select 1`)
      frozen = [postgres.pid]
      signal(postgres.pid, 'SIGSTOP')
      const rows = await observer.db.execute<{ pid: number }>(sql`select pid from pg_stat_activity`)
      frozen.push(...rows.map(({ pid }) => pid))
      for (const pid of frozen) signal(pid, 'SIGSTOP')
    },
    thaw,
  }
}

/** One that ended by itself needs none. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
