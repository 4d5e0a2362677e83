import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startForwarder } from '@reelay/local-services/stores/forwarder'
import { startPostgres } from '@reelay/local-services/stores/services'
import { sql } from 'drizzle-orm'
import { expect, onTestFinished, test } from 'vitest'
import { type Database, type DatabaseOptions, openDatabase } from '../src/client.ts'
import { connectTo } from '../src/connect.ts'
import { isUnavailable, sqlState } from '../src/errors.ts'
import { migrate } from '../src/migrate.ts'
import { createTestDatabase } from '../src/test-database.ts'

const SOON = { timeout: 20_000, interval: 50 }
const write = sql`insert into leases (name, holder, expires_at) values ('a', gen_random_uuid(), now())
  on conflict (name) do update set expires_at = now()`

test('connections that were opened while the server took no writes are not kept', async () => {
  const { database, admin } = await aDatabase()
  const app = await database.asApp()
  const role = new URL(app).username
  const { db, ping } = aPool(app, { max: 5 })
  await db.execute(write)

  await admin.query(`alter role ${role} set default_transaction_read_only = on`)
  await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = $1`, [role])
  await expect.poll(() => stateOf(ping()), SOON).toBe('25006')
  for (let n = 0; n < 10; n += 1) expect(await isRefused(db.execute(write))).toBe(true)
  await admin.query(`alter role ${role} reset default_transaction_read_only`)
  await expect.poll(() => stateOf(ping()), SOON).toBeUndefined()
  await Promise.all(Array.from({ length: 20 }, () => db.execute(write)))
})

test('a server that turns read-only under its connections is unavailable for as long', async () => {
  const { database, admin } = await aDatabase()
  const { db, ping } = aPool(database.url, { max: 3 })
  await Promise.all(Array.from({ length: 3 }, () => db.execute(write)))
  const name = new URL(database.url).pathname.slice(1)
  await admin.query(`alter database ${name} set default_transaction_read_only = on`)
  for (let n = 0; n < 3; n += 1) await db.execute(sql`set default_transaction_read_only = on`)
  await expect.poll(() => isRefused(db.execute(write)), SOON).toBe(true)
  expect(await stateOf(ping())).toBe('25006')
  await admin.query(`alter database ${name} reset default_transaction_read_only`)
  await expect.poll(() => stateOf(db.execute(write)), SOON).toBeUndefined()
  await Promise.all(Array.from({ length: 12 }, () => db.execute(write)))
})

test('of several hosts the one that takes writes is used', async () => {
  const { database } = await aDatabase()
  const { url, port } = addressed(database.url)
  const [dead, moving] = [await startForwarder(port), await startForwarder(port)]
  onTestFinished(() => moving.close())
  dead.close()
  const { db } = aPool(url(`127.0.0.1:${dead.port},127.0.0.1:${moving.port}`), { max: 2 })
  await db.execute(write)
  moving.moveTo(undefined)
  moving.cut()
  expect(await isRefused(db.execute(write))).toBe(true)
  moving.moveTo(port)
  await expect.poll(() => stateOf(db.execute(write)), SOON).toBeUndefined()
})

test('a balancer with nobody behind it is not asked in a loop', async () => {
  const { database } = await aDatabase()
  const { url, port } = addressed(database.url)
  const forwarder = await startForwarder(port)
  onTestFinished(() => forwarder.close())
  const { db } = aPool(url(`127.0.0.1:${forwarder.port}`), { max: 5 })
  await db.execute(write)
  forwarder.moveTo(undefined)
  forwarder.cut()
  const before = forwarder.connections()
  const until = performance.now() + 2000
  while (performance.now() < until) {
    expect(await isRefused(db.execute(write))).toBe(true)
    await sleep(1)
  }
  expect(forwarder.connections() - before).toBeLessThan(60)
  forwarder.moveTo(port)
  await expect.poll(() => stateOf(db.execute(write)), SOON).toBeUndefined()
})

test('connections on which nothing comes any more are made anew', async () => {
  const { database } = await aDatabase()
  const { url, port } = addressed(database.url)
  const forwarder = await startForwarder(port)
  onTestFinished(() => forwarder.close())
  const { db } = aPool(url(`127.0.0.1:${forwarder.port}`), { max: 4, statementTimeoutMs: 500 })
  await Promise.all(Array.from({ length: 4 }, () => db.execute(write)))
  forwarder.silence()
  const lost = await Promise.all(Array.from({ length: 4 }, () => isRefused(db.execute(write))))
  expect(lost).toEqual([true, true, true, true])
  await Promise.all(Array.from({ length: 4 }, () => db.execute(write)))
})

test('connections to a server that the address no longer leads to end, what hangs on them too', async () => {
  const older = await aServer()
  const newer = await aServer(older)
  const forwarder = await startForwarder(older.port)
  onTestFinished(() => forwarder.close())
  const { db } = aPool(addressed(older.url).url(`127.0.0.1:${forwarder.port}`), { max: 4 })
  await Promise.all(Array.from({ length: 4 }, () => db.execute(write)))
  const admin = await connectTo(older.url)
  onTestFinished(() => admin.end())
  await admin.query('begin; lock table leases')
  const stuck = isRefused(db.execute(write))
  forwarder.moveTo(newer.port)
  // Long before its time is over.
  expect(await Promise.race([stuck, sleep(8000)])).toBe(true)
  await Promise.all(Array.from({ length: 8 }, () => db.execute(write)))
  expect(await portsOf(db)).toEqual([newer.port])
})

test('connections that are being made to a server that says nothing hold up none to its successor', async () => {
  const older = await aServer()
  const newer = await aServer(older)
  const forwarder = await startForwarder(older.port)
  onTestFinished(() => forwarder.close())
  const { db } = aPool(addressed(older.url).url(`127.0.0.1:${forwarder.port}`), {
    max: 4,
    queryTimeoutMs: 1000,
  })
  await db.execute(write)
  older.freeze()
  const lost = await Promise.all(Array.from({ length: 12 }, () => isRefused(db.execute(write))))
  expect(lost).not.toContain(false)
  forwarder.moveTo(newer.port)
  await expect.poll(() => stateOf(db.execute(write)), SOON).toBeUndefined()
  expect(await portsOf(db)).toEqual([newer.port])
})

/** A Postgres of the test's own, which lets the same user in as another one does. */
async function aServer(like?: { url: string }) {
  const dir = mkdtempSync(join(tmpdir(), 'reelay-'))
  const server = await startPostgres({ dir, fsync: false })
  onTestFinished(async () => {
    await server.stop()
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
  })
  await migrate(server.url)
  if (!like) return server
  const admin = await connectTo(server.url)
  await admin.query(`alter user reelay password '${new URL(like.url).password}'`)
  await admin.end()
  return server
}

async function portsOf(db: Database): Promise<number[]> {
  const port = () => db.execute<{ port: number }>(sql`select inet_server_port() as port, pg_sleep(0.1)`)
  const rows = await Promise.all(Array.from({ length: 4 }, port))
  return [...new Set(rows.map(([row]) => row?.port ?? 0))]
}

async function aDatabase() {
  const database = await createTestDatabase()
  const admin = await connectTo(database.url)
  onTestFinished(async () => {
    await admin.end()
    await database.drop()
  })
  return { database, admin }
}

function aPool(url: string, options: DatabaseOptions) {
  const pool = openDatabase(url, options)
  onTestFinished(() => pool.close())
  return pool
}

function addressed(own: string) {
  const { username, password, pathname, port } = new URL(own)
  const url = (hosts: string) => `postgres://${username}:${password}@${hosts}${pathname}`
  return { url, port: Number(port) }
}

function stateOf(query: Promise<unknown>): Promise<string | undefined> {
  return query.then(() => undefined, sqlState)
}

function isRefused(query: Promise<unknown>): Promise<boolean> {
  return query.then(() => false, isUnavailable)
}
