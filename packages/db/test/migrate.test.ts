import { once } from 'node:events'
import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '@reelay/local-services/processes/command'
import { guardedSpawn, stopProcess } from '@reelay/local-services/processes/guard'
import { aFolder } from '@reelay/local-services/testing/a-folder'
import { sql } from 'drizzle-orm'
import { expect, onTestFinished, test } from 'vitest'
import { connectTo } from '../src/connect.ts'
import { migrate } from '../src/migrate.ts'
import { createTestDatabase } from '../src/test-database.ts'

const root = join(import.meta.dirname, '../../..')

test('several processes may migrate at the same time', async () => {
  const { url, db, ping } = await anEmptyDatabase()
  await expect(ping()).rejects.toThrow()

  await Promise.all(Array.from({ length: 6 }, () => migrate(url)))

  await ping()
  const applied = await db.execute(sql`select hash from drizzle.__drizzle_migrations`)
  expect(new Set(applied.map(({ hash }) => hash)).size).toBe(applied.length)
})

test('migrating a database that is up to date changes nothing', async () => {
  const { url, db } = await anEmptyDatabase()
  const applied = () => db.execute(sql`select * from drizzle.__drizzle_migrations`)
  await migrate(url)
  const before = await applied()
  await migrate(url)
  expect(await applied()).toEqual(before)
})

test('a migration that fails lets go of its lock', async () => {
  const { url, db, ping } = await anEmptyDatabase()
  await db.execute(sql`create table users ()`)
  await expect(migrate(url)).rejects.toThrow()
  await db.execute(sql`drop table users`)
  await migrate(url)
  await ping()
})

test('the program migrates from a folder with a space in its name', async () => {
  const { url, ping } = await anEmptyDatabase()
  const folder = join(aFolder(), 'a checkout')
  cpSync(join(root, 'drizzle'), join(folder, 'drizzle'), { recursive: true })
  cpSync(join(root, 'packages/db/src'), join(folder, 'packages/db/src'), { recursive: true })
  cpSync(join(root, 'packages/db/package.json'), join(folder, 'packages/db/package.json'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))

  const program = join(folder, 'packages/db/src/migrate.ts')
  await runCommand([process.execPath, program], { env: { ...process.env, DATABASE_URL: url } })
  await ping()
})

test.each([
  ['in quotes and with a newline', (url: string) => `"${url}"\n`],
  ['of several hosts, the first of which is away', (url: string) => url.replace('@', '@127.0.0.1:1,')],
  ['that prefers TLS', (url: string) => withParameter(url, 'sslmode=prefer')],
])('the program takes an address %s', async (_, written) => {
  const { url, ping } = await anEmptyDatabase()
  const program = join(root, 'packages/db/src/migrate.ts')
  await runCommand([process.execPath, program], { env: { ...process.env, DATABASE_URL: written(url) } })
  await ping()
})

test.each(['', ' ', '""'])('the program misses an address of %j', async (address) => {
  const program = join(root, 'packages/db/src/migrate.ts')
  const run = runCommand([process.execPath, program], { env: { ...process.env, DATABASE_URL: address } })
  await expect(run).rejects.toThrow('DATABASE_URL is missing')
})

test('the program ends when it is told to, though it waits for another that migrates', async () => {
  const { url, db } = await anEmptyDatabase()
  const other = await connectTo(url)
  onTestFinished(() => other.end())
  await other.query(`select pg_advisory_lock(${0x7265656c})`)
  const program = guardedSpawn(process.execPath, [join(root, 'packages/db/src/migrate.ts')], {
    env: { ...process.env, DATABASE_URL: url },
    stdio: 'ignore',
  })
  onTestFinished(() => stopProcess(program))
  const waiting = sql`select from pg_locks where locktype = 'advisory' and not granted
    and database = (select oid from pg_database where datname = current_database())`
  await expect.poll(() => db.execute(waiting)).toHaveLength(1)
  program.kill('SIGTERM')
  expect(await once(program, 'exit')).toEqual([1, null])
})

function withParameter(url: string, parameter: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${parameter}`
}

async function anEmptyDatabase() {
  const database = await createTestDatabase({ migrated: false })
  onTestFinished(() => database.drop())
  return database
}
