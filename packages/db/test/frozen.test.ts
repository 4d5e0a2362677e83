import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '@reelay/local-services/services'
import { sql } from 'drizzle-orm'
import { expect, onTestFinished, test } from 'vitest'
import { type Database, openDatabase } from '../src/client.ts'
import { isUnavailable, reasonOf } from '../src/errors.ts'
import { migrate } from '../src/migrate.ts'
import { users } from '../src/schema.ts'
import { createTaskRepository } from '../src/task-repository.ts'
import { createTransitions } from '../src/transitions.ts'
import { anyNumber, aRun, aTask, theLedger } from './rows.ts'

const queryTimeoutMs = 500

test('a frozen Postgres is unavailable in time and comes back', async () => {
  const postgres = await aPostgres()
  await migrate(postgres.url)
  const { db, ping, pool } = aPool(postgres.url, 5)
  const task = await aTask(db)
  const tasks = createTaskRepository(db)
  const transitions = createTransitions(db)
  const run = aRun()

  postgres.freeze()
  // It takes the connection that is open; the others wait for one.
  const begun = timed(transitions.beginSubmission(task, run, anyNumber))
  await expect.poll(() => pool.inFlight()).toBe(1)
  const kinds: [string, () => Promise<unknown>][] = [
    ['a statement', () => db.execute(sql`select 1`)],
    ['a read', () => tasks.find(task.videoId)],
    ['a list of users', () => db.select().from(users)],
    ['an insert', () => aTask(db, { userId: task.userId })],
    ['a ping', () => ping(queryTimeoutMs)],
  ]
  const all = [...kinds, ...kinds]
  const outcomes = await Promise.all(all.map(([, query]) => timed(query())))
  expect(isUnavailable((await begun).error)).toBe(true)
  for (const [n, { error, ms }] of outcomes.entries()) {
    expect(isUnavailable(error), all[n]?.[0]).toBe(true)
    expect(ms, all[n]?.[0]).toBeLessThan(queryTimeoutMs + 1500)
  }

  postgres.thaw()
  await expect.poll(() => works(db)).toBe(true)
  expect(await Promise.all(Array.from({ length: 20 }, () => tasks.find(task.videoId)))).toHaveLength(20)
  // What was sent ran all the same, though nobody waited for it: a timeout is no word on what became of it.
  await expect.poll(() => theLedger(db, task)).toMatchObject([{ outcome: 'sending', runId: run.runId }])
})

test('a first connection to a frozen Postgres is unavailable, too', async () => {
  const postgres = await aPostgres()
  postgres.freeze()
  const { db } = aPool(postgres.url, 2)
  const { error, ms } = await timed(db.execute(sql`select ${'canary'}`))
  expect(isUnavailable(error)).toBe(true)
  expect(reasonOf(error)).toBe('query failed: QUERY_TIMEOUT')
  expect(ms).toBeLessThan(queryTimeoutMs + 1500)

  postgres.thaw()
  await expect.poll(() => works(db)).toBe(true)
})

/** A Postgres of the test's own. */
async function aPostgres() {
  const dir = mkdtempSync(join(tmpdir(), 'reelay-'))
  const postgres = await startPostgres({ dir, fsync: false })
  onTestFinished(async () => {
    await postgres.stop()
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
  })
  return postgres
}

function aPool(url: string, max: number) {
  const pool = openDatabase(url, { max, queryTimeoutMs })
  onTestFinished(() => pool.close())
  return pool
}

async function timed(query: Promise<unknown>): Promise<{ error: unknown; ms: number }> {
  const startedAt = performance.now()
  const error = await query.then(
    () => undefined,
    (error: unknown) => error,
  )
  return { error, ms: performance.now() - startedAt }
}

function works(db: Database): Promise<boolean> {
  return db.execute(sql`select 1`).then(
    () => true,
    () => false,
  )
}
