import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from '../src/test-database.ts'

// To change a function: change its file in packages/db/sql, then write a migration that runs the whole file.
const folder = join(import.meta.dirname, '../sql')
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.sql'))
  .sort()
const todo =
  'after a change in packages/db/sql write a migration that runs the file, and never one without the other'

test('the migrated database has the functions of packages/db/sql', async () => {
  const client = await aMigratedDatabase()
  const migrated = await functionsOf(client)
  expect(
    migrated.map(({ name }) => `${name}.sql`),
    todo,
  ).toEqual(files.map((file) => basename(file)).sort())

  await client.query('drop schema public cascade; create schema public; set check_function_bodies = off')
  for (const file of files) await client.query(readFileSync(join(folder, file), 'utf8'))
  expect(await functionsOf(client), todo).toEqual(migrated)
})

async function aMigratedDatabase(): Promise<pg.Client> {
  const database = await createTestDatabase()
  const client = new pg.Client(database.url)
  await client.connect()
  onTestFinished(async () => {
    await client.end()
    await database.drop()
  })
  return client
}

/** Without comments and white space, which a file may have more of than the migration that it was made from. */
async function functionsOf(client: pg.Client): Promise<{ name: string; definition: string[] }[]> {
  const { rows } = await client.query<{ name: string; text: string }>(`
    select proname as name, pg_get_functiondef(oid) as text
    from pg_proc where pronamespace = 'public'::regnamespace order by proname collate "C", pg_get_function_identity_arguments(oid)`)
  return rows.map(({ name, text }) => ({ name, definition: text.replaceAll(/--.*/g, '').split(/\s+/) }))
}
