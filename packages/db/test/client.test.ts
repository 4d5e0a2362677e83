import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../src/client.ts'
import { isUnavailable, loggableReason, sqlState } from '../src/errors.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('a ping of a database with a schema resolves', async () => {
  await database.ping()
})

test('a pool says how many connections its address allows', async () => {
  const { pool, close } = openDatabase(`${database.url}&connection_limit=5`, { max: 20 })
  onTestFinished(close)
  expect(pool.max).toBe(5)
})

test('a ping of a database that says nothing rejects in time', async () => {
  const sockets = new Set<Socket>()
  const silent = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const { ping, close } = openDatabase(`postgres://reelay@127.0.0.1:${port}/reelay`)
  onTestFinished(() => {
    // Takes its 5 s, since the connection is still being made.
    void close()
    for (const socket of sockets) socket.destroy()
    silent.close()
  })
  await expect(ping(100)).rejects.toThrow('no answer within 100 ms')
})

test('a statement that takes too long is cancelled', async () => {
  const { db, close } = openDatabase(database.url, { max: 1, statementTimeoutMs: 1000 })
  onTestFinished(close)
  const error = await db.execute(sql`select pg_sleep(600)`).catch((error) => error)
  expect(sqlState(error)).toBe('57014')
  expect(isUnavailable(error)).toBe(true)
})

test('a database that is not there is unavailable', async () => {
  const { db, close } = openDatabase('postgres://reelay@127.0.0.1:1/reelay')
  onTestFinished(close)
  const error = await db.execute(sql`select ${'canary'}`).catch((error) => error)
  expect(isUnavailable(error)).toBe(true)
  expect(loggableReason(error)).toBe('no connection: ECONNREFUSED connect ECONNREFUSED 127.0.0.1:1')
})

test('a connection that died in a statement is replaced', async () => {
  const { db, close } = openDatabase(database.url, { max: 1 })
  onTestFinished(close)
  const error = await db
    .execute(sql`select pg_terminate_backend(pg_backend_pid())`)
    .catch((error: unknown) => error)
  expect(isUnavailable(error)).toBe(true)
  await expect.poll(() => db.execute(sql`select 1 as one`).catch(() => [])).toEqual([{ one: 1 }])
})

test.each([
  [
    'a duplicate',
    sql`insert into users (id, username, email, password_hash)
    select gen_random_uuid(), ${'canary'}, n || 'a@b.c', ${'canary'} from generate_series(1, 2) n`,
    '23505',
  ],
  ['a wrong type', sql`select ${'canary'}::int`, '22P02'],
  ['a wrong statement', sql`select ${'canary'} from nowhere`, '42P01'],
  ['a NUL character', sql`select ${'canary\u0000'}::text`, '22021'],
])('the reason of %s never shows a parameter', async (_, query, state) => {
  const error = await database.db.execute(query).catch((error) => error)
  expect(String(error)).toContain('canary')
  expect(loggableReason(error)).toBe(`query failed: ${state}`)
  expect(isUnavailable(error)).toBe(false)
})

test('the reason of any other error is its message', () => {
  expect(loggableReason(new Error('no disk'))).toBe('no disk')
  expect(loggableReason('odd')).toBe('odd')
  expect(sqlState(new Error('no disk'))).toBeUndefined()
})
