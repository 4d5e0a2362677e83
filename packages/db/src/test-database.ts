import { createHash, randomBytes } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { openDatabase } from './client.ts'
import { migrate, migrationsFolder } from './migrate.ts'

export type TestDatabase = Awaited<ReturnType<typeof createTestDatabase>>

const templates = new Map<string, Promise<string>>()
const admins = new Map<string, postgres.Sql>()
const MIGRATIONS = globSync('*.sql', { cwd: migrationsFolder }).sort()

/**
 * A database for one test file on `server`, or the one that DATABASE_URL names, with the newest schema unless
 * `migrated` is false; `drop` closes and removes it.
 */
export async function createTestDatabase({ migrated = true, server = process.env.DATABASE_URL } = {}) {
  if (!server) throw new Error('DATABASE_URL is missing: see the globalSetup of packages/local-services')
  const name = `test_${randomBytes(8).toString('hex')}`
  const url = new URL(server)
  url.pathname = `/${name}`

  const template = migrated ? await templateOn(server) : 'template0'
  const admin = adminOf(server)
  await admin.unsafe(copyOf(template, name))
  const { close, ...database } = openDatabase(url.href, { max: 25 })
  const users: string[] = []
  return {
    url: url.href,
    ...database,

    /** The address for a user who may do what grants.sql says and nothing else. */
    async asApp(): Promise<string> {
      const [user, password] = [`${name}_app`, randomBytes(16).toString('hex')]
      const owner = connectTo(url.href)
      try {
        await owner.unsafe(readFileSync(join(import.meta.dirname, 'grants.sql'), 'utf8'))
      } finally {
        await owner.end({ timeout: 5 })
      }
      await admin.unsafe(`create user ${user} password '${password}' in role reelay_app`)
      users.push(user)
      return Object.assign(new URL(url), { username: user, password }).href
    },

    drop: async () => {
      await close()
      await admin.unsafe(`drop database ${name} with (force)`)
      for (const user of users) await admin.unsafe(`drop user ${user}`)
    },
  }
}

/** A database with the newest schema to copy others from, which takes a tenth of migrating them. It stays on the server. */
function templateOn(server: string): Promise<string> {
  const template = templates.get(server) ?? makeTemplate(server)
  templates.set(server, template)
  template.catch(() => templates.delete(server))
  return template
}

async function makeTemplate(server: string): Promise<string> {
  const hash = createHash('sha256')
  for (const file of MIGRATIONS) hash.update(readFileSync(join(migrationsFolder, file)))
  const name = `test_template_${hash.digest('hex').slice(0, 16)}`
  const draft = `${name}_draft`
  const client = connectTo(server)
  try {
    await client`select pg_advisory_lock(hashtext(${name}))`
    const made = await client`select from pg_database where datname = ${name}`
    if (made.length === 0) {
      await client.unsafe(`drop database if exists ${draft}`)
      await client.unsafe(copyOf('template0', draft))
      await migrate(Object.assign(new URL(server), { pathname: `/${draft}` }).href)
      await client.unsafe(`alter database ${draft} rename to ${name}`)
    }
  } finally {
    await client.end({ timeout: 5 })
  }
  return name
}

function copyOf(template: string, name: string): string {
  return `create database ${name} template ${template} strategy file_copy`
}

/** What all tests of a process share, until it ends: to connect takes longer than to copy a database. */
function adminOf(server: string): postgres.Sql {
  const admin = admins.get(server) ?? connectTo(server)
  admins.set(server, admin)
  return admin
}

function connectTo(url: string): postgres.Sql {
  return postgres(url, { max: 1, onnotice: () => {} })
}
