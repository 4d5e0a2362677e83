import { migrate } from '@reelay/db/migrate'
import { startPostgres } from '@reelay/local-services/stores/services'
import { onTestFinished } from 'vitest'
import { aFolder } from './folder.ts'

/** A Postgres of the test's own, with the newest schema. */
export async function aPostgres() {
  const postgres = await startPostgres({ dir: aFolder(), fsync: false })
  onTestFinished(() => postgres.stop())
  await migrate(postgres.url)
  return postgres
}
