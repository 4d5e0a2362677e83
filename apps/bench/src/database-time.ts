import type { Database } from '@reelay/db/client'
import * as schema from '@reelay/db/schema'
import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'

type Statement = { text: string; parameters: unknown[] }
type Explained = { 'Planning Time': number; 'Execution Time': number }

/**
 * Measures what a repository's question costs at the database: planning and execution of all its statements.
 * It is put to an empty database first, which tells the statements, so that the measured run is the first one
 * that reads these rows.
 */
export function openMeasured({ url, emptyUrl }: { url: string; emptyUrl: string }) {
  const options = { max: 1, fetch_types: false, onnotice: () => {} }
  const client = postgres(url, options)
  const empty = postgres(emptyUrl, options)
  const statements: Statement[] = []
  const logQuery = (text: string, parameters: unknown[]) => {
    statements.push({ text, parameters })
  }
  const db: Database = drizzle(empty, { schema, logger: { logQuery } })

  return {
    db,

    async measure(ask: () => Promise<unknown>): Promise<number> {
      statements.length = 0
      await ask()
      let total = 0
      for (const statement of statements) total += await timeOf(statement)
      return total
    },

    close: () => Promise.all([client.end(), empty.end()]),
  }

  async function timeOf({ text, parameters }: Statement): Promise<number> {
    const explain = `explain (analyze, timing off, format json) ${text}`
    const [row] = await client.unsafe(explain, parameters as never[])
    const [explained] = (row?.['QUERY PLAN'] ?? []) as Explained[]
    if (!explained) throw new Error('Postgres explains nothing')
    return explained['Planning Time'] + explained['Execution Time']
  }
}
