import { createHash, randomBytes } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { openDatabase } from './client.ts'
import { connectTo } from './connect.ts'
import { driverOptions } from './driver-options.ts'
import { migrate, migrationsFolder } from './migrate.ts'

export type TestDatabase = Awaited<ReturnType<typeof createTestDatabase>>

const templates = new Map<string, Promise<string>>()
const admins = new Map<string, pg.Pool>()
const MIGRATIONS = globSync('*.sql', { cwd: migrationsFolder }).sort()

/**
 * A database for one test file on `server`, or the one that DATABASE_URL names, with the newest schema unless
 * `migrated` is false; `drop` closes and removes it.
 */
export async function createTestDatabase({ migrated = true, server = process.env.DATABASE_URL } = {}) {
  if (!server) throw new Error('DATABASE_URL is missing: see the globalSetup of packages/local-services')
  const name = `test_${randomBytes(8).toString('hex')}`
  const url = new URL(server)
  // Only what hangs takes as long: many tests connect at once, and wait for their turn to copy a database.
  url.searchParams.set('connect_timeout', '120')
  const patient = url.href
  url.pathname = `/${name}`

  const template = migrated ? await templateOn(patient) : 'template0'
  const admin = adminOf(patient)
  await admin.query(copyOf(template, name))
  const { close, ...database } = openDatabase(url.href, {
    max: 25,
    queryTimeoutMs: 60_000,
    statementTimeoutMs: 60_000,
  })
  const users: string[] = []
  return {
    url: url.href,
    ...database,

    async asApp(): Promise<string> {
      const [user, password] = [`${name}_app`, randomBytes(16).toString('hex')]
      const owner = await connectTo(url.href)
      try {
        await owner.query(readFileSync(join(import.meta.dirname, 'grants.sql'), 'utf8'))
      } finally {
        await owner.end()
      }
      await admin.query(`create user ${user} password '${password}' in role reelay_app`)
      users.push(user)
      return Object.assign(new URL(url), { username: user, password }).href
    },

    drop: async () => {
      await close()
      await admin.query(`drop database ${name} with (force)`)
      for (const user of users) await admin.query(`drop user ${user}`)
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
  const client = await connectTo(server)
  try {
    await client.query('select pg_advisory_lock(hashtext($1))', [name])
    const made = await client.query('select from pg_database where datname = $1', [name])
    if (made.rowCount === 0) {
      await client.query(`drop database if exists ${draft}`)
      await client.query(copyOf('template0', draft))
      await migrate(Object.assign(new URL(server), { pathname: `/${draft}` }).href)
      await client.query(`alter database ${draft} rename to ${name}`)
    }
  } finally {
    await client.end()
  }
  return name
}

function copyOf(template: string, name: string): string {
  return `create database ${name} template ${template} strategy file_copy`
}

/** What all tests of a process share, until it ends: to connect takes longer than to copy a database. */
function adminOf(server: string): pg.Pool {
  const known = admins.get(server)
  if (known) return known
  const { config, address } = driverOptions(server)
  const admin = new pg.Pool({
    ...config,
    ...address.hosts[0],
    max: 1,
    allowExitOnIdle: true,
    connectionTimeoutMillis: 0,
  })
  admin.on('error', () => {})
  admins.set(server, admin)
  return admin
}
