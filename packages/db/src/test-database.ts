import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { openDatabase } from './client.ts'
import { migrate } from './migrate.ts'

export type TestDatabase = Awaited<ReturnType<typeof createTestDatabase>>

/**
 * A database for one test file on `server`, or the one that DATABASE_URL names, with the newest schema unless
 * `migrated` is false; `drop` closes and removes it.
 */
export async function createTestDatabase({ migrated = true, server = process.env.DATABASE_URL } = {}) {
  if (!server) throw new Error('DATABASE_URL is missing: see the globalSetup of packages/local-services')
  const name = `test_${randomBytes(8).toString('hex')}`
  const url = new URL(server)
  url.pathname = `/${name}`

  await onServer(server, `create database ${name}`)
  if (migrated) await migrate(url.href)
  const { close, ...database } = openDatabase(url.href, { max: 25 })
  const users: string[] = []
  return {
    url: url.href,
    ...database,

    /** The address for a user who may do what grants.sql says and nothing else. */
    async asApp(): Promise<string> {
      const [user, password] = [`${name}_app`, randomBytes(16).toString('hex')]
      await onServer(url.href, readFileSync(join(import.meta.dirname, 'grants.sql'), 'utf8'))
      await onServer(server, `create user ${user} password '${password}' in role reelay_app`)
      users.push(user)
      return Object.assign(new URL(url), { username: user, password }).href
    },

    drop: async () => {
      await close()
      await onServer(server, `drop database ${name} with (force)`)
      for (const user of users) await onServer(server, `drop user ${user}`)
    },
  }
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await client.unsafe(statement)
  } finally {
    await client.end({ timeout: 5 })
  }
}
