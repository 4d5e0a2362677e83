import { startPostgres } from '@reelay/local-services/stores/services'
import { aFolder } from '@reelay/local-services/testing/a-folder'
import { sql } from 'drizzle-orm'
import { expect, onTestFinished, test } from 'vitest'
import { type Database, openDatabase } from '../src/client.ts'
import { isUnavailable, loggableReason } from '../src/errors.ts'
import { createLedger } from '../src/ledger.ts'
import { migrate } from '../src/migrate.ts'
import { users } from '../src/schema.ts'
import { createTasks } from '../src/tasks.ts'
import { anyNumber, aRun, aTask, theLedger } from './rows.ts'

const queryTimeoutMs = 1500

test('a frozen Postgres is unavailable before it thaws, and comes back', async () => {
  const postgres = await aPostgres()
  await migrate(postgres.url)
  const { db, ping, pool } = aPool(postgres.url, 5)
  const patient = aPool(postgres.url, 1, 60_000)
  const task = await aTask(patient.db)
  await expect.poll(() => works(db)).toBe(true)
  const tasks = createTasks(db)
  const ledger = createLedger(db)
  const run = aRun()

  postgres.freeze()
  // It takes the connection that is open; the others wait for one.
  const begun = errorOf(ledger.beginSubmission(task, run, anyNumber))
  await expect.poll(() => pool.inFlight()).toBe(1)
  const kinds: [string, () => Promise<unknown>][] = [
    ['a statement', () => db.execute(sql`select 1`)],
    ['a read', () => tasks.find(task.videoId)],
    ['a list of users', () => db.select().from(users)],
    ['an insert', () => aTask(db, { userId: task.userId })],
    ['a ping', () => ping(queryTimeoutMs)],
  ]
  const all = [...kinds, ...kinds]
  const errors = await Promise.all(all.map(([, query]) => errorOf(query())))
  expect(isUnavailable(await begun)).toBe(true)
  for (const [n, error] of errors.entries()) expect(isUnavailable(error), all[n]?.[0]).toBe(true)

  postgres.thaw()
  await expect.poll(() => works(db)).toBe(true)
  const finds = () => Promise.all(Array.from({ length: 20 }, () => tasks.find(task.videoId))).catch(() => [])
  await expect.poll(finds).toHaveLength(20)
  // What was sent ran all the same, though nobody waited for it: a timeout is no word on what became of it.
  await expect.poll(() => theLedger(db, task)).toMatchObject([{ outcome: 'sending', runId: run.runId }])
})

test('a first connection to a frozen Postgres is unavailable, too', async () => {
  const postgres = await aPostgres()
  postgres.freeze()
  const { db } = aPool(postgres.url, 2)
  const error = await errorOf(db.execute(sql`select ${'canary'}`))
  expect(isUnavailable(error)).toBe(true)
  expect(loggableReason(error)).toBe('query failed: QUERY_TIMEOUT')

  postgres.thaw()
  await expect.poll(() => works(db)).toBe(true)
})

/** A Postgres of the test's own. */
async function aPostgres() {
  const postgres = await startPostgres({ dir: aFolder(), fsync: false })
  onTestFinished(() => postgres.stop())
  return postgres
}

function aPool(url: string, max: number, ms = queryTimeoutMs) {
  const pool = openDatabase(url, { max, queryTimeoutMs: ms })
  onTestFinished(() => pool.close())
  return pool
}

function errorOf(query: Promise<unknown>): Promise<unknown> {
  return query.then(
    () => undefined,
    (error: unknown) => error,
  )
}

function works(db: Database): Promise<boolean> {
  return db.execute(sql`select 1`).then(
    () => true,
    () => false,
  )
}
