import { randomUUID } from 'node:crypto'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aFolder } from '@reelay/local-services/testing/a-folder'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../src/client.ts'
import { connectTo } from '../src/connect.ts'
import { migrate, migrationsFolder } from '../src/migrate.ts'
import { createMoves } from '../src/moves.ts'
import { createTasks } from '../src/tasks.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { aUser, aVideoId } from './rows.ts'

test('a process that was given rights to tasks before there were events goes on, and its moves are told', async () => {
  const database = await createTestDatabase({ migrated: false })
  onTestFinished(() => database.drop())
  await migrateUpTo(database, '0015_deleted_tasks')
  const userId = await aUser(database.db)
  const old = openDatabase(await aWriter(database), { max: 1 })
  onTestFinished(() => old.close())
  const moves = createMoves(old.db)
  const [earlier, later] = ['a boat', 'a kite'].map((prompt) => ({
    ...{ videoId: aVideoId(), userId, requestHash: 'hash' },
    prompt,
  })) as [Parameters<typeof moves.insert>[0], Parameters<typeof moves.insert>[0]]
  await moves.insert(earlier)

  await migrate(database.url)

  await moves.insert(later)
  await moves.cancel(userId, earlier.videoId)
  const kindsOf = async ({ videoId }: typeof earlier) =>
    (await createTasks(database.db).timeline(videoId)).events.map(({ what }) => what)
  expect([await kindsOf(earlier), await kindsOf(later)]).toEqual([['cancelled'], ['created']])
})

async function migrateUpTo({ url }: TestDatabase, last: string): Promise<void> {
  const folder = join(aFolder(), 'drizzle')
  cpSync(migrationsFolder, folder, { recursive: true })
  const path = join(folder, 'meta/_journal.json')
  const journal = JSON.parse(readFileSync(path, 'utf8')) as { entries: { tag: string }[] }
  const entries = journal.entries.slice(0, journal.entries.findIndex(({ tag }) => tag === last) + 1)
  writeFileSync(path, JSON.stringify({ ...journal, entries }))
  const client = await connectTo(url)
  await applyMigrations(drizzle(client), { migrationsFolder: folder }).finally(() => client.end())
}

/** A user with rights of its own to what there is, and its address. */
async function aWriter({ url }: TestDatabase): Promise<string> {
  const name = `writer_${randomUUID().slice(0, 8)}`
  const owner = await connectTo(url)
  await owner.query(`create user ${name} password 'w'`)
  await owner.query(`grant select, insert, update on video_tasks, submissions, upstream_state to ${name}`)
  await owner.end()
  return Object.assign(new URL(url), { username: name, password: 'w' }).href
}
