import { setTimeout as sleep } from 'node:timers/promises'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../src/client.ts'
import { connectTo } from '../src/connect.ts'
import { isUnavailable, sqlState } from '../src/errors.ts'
import { createMoves } from '../src/moves.ts'
import { videoTasks } from '../src/schema.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { aProcessingTask } from './rows.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const fine = sql`select i from generate_series(1, 3) i`
const rows = [{ i: 1 }, { i: 2 }, { i: 3 }]

test('a query that fails in the middle of its rows leaves none to the next', async () => {
  const { db } = aPool()
  const torn = await db.execute(sql`select 1 / (5000 - i) from generate_series(1, 9000) i`).catch((e) => e)
  expect(sqlState(torn)).toBe('22012')
  expect(await db.execute(fine)).toEqual(rows)
  expect(await db.execute(sql`select ${4}::int as i`)).toEqual([{ i: 4 }])
})

test('a statement that takes too long in the middle of its rows leaves none to the next', async () => {
  const { db } = aPool({ statementTimeoutMs: 1000 })
  const slow = sql`select i, repeat('x', 9000), case when i > 2000 then pg_sleep(10) end from generate_series(1, 9000) i`
  expect(isUnavailable(await db.execute(slow).catch((e) => e))).toBe(true)
  expect(await db.execute(fine)).toEqual(rows)
})

test('a backend that is terminated while it sends rows fails its own query and no other', async () => {
  const { db } = aPool({ max: 3 })
  const admin = await connectTo(database.url)
  const ended = new AbortController()
  onTestFinished(() => admin.end())
  let killed = 0
  const storm = (async () => {
    while (!ended.signal.aborted) {
      const { rowCount } = await admin
        .query(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and query like '%generate_series(1, 2000)%' and pid <> pg_backend_pid()`)
        .catch(() => ({ rowCount: 0 }))
      killed += rowCount ?? 0
      await sleep(5)
    }
  })()
  let unavailable = 0
  const ask = async (n: number) => {
    const wide = sql`select i, repeat('x', 3000) as text, ${n}::int as n from generate_series(1, 2000) i`
    const result = await db.execute<{ i: number; n: number }>(wide).catch((error: unknown) => error)
    if (!Array.isArray(result)) {
      expect(isUnavailable(result), String(result)).toBe(true)
      unavailable += 1
      return sleep(10)
    }
    expect(result).toHaveLength(2000)
    expect(result.every((row, i) => row.i === i + 1 && row.n === n)).toBe(true)
    expect(await db.execute(fine).catch(() => rows)).toEqual(rows)
  }
  const loops = Array.from({ length: 6 }, async (_, loop) => {
    // A fast machine may have read ten before one is terminated.
    for (let n = 0; n < 10 || killed < 5 || unavailable === 0; n += 1) await ask(100_000 * loop + n)
  })
  await Promise.all(loops).finally(() => ended.abort())
  await storm
})

test('an answer that comes after its time goes to nobody', async () => {
  const { db } = aPool({ queryTimeoutMs: 1000, statementTimeoutMs: 300_000 })
  const lock = await aHeldLock()
  const late = await db.execute(sql`select 'late' as text, pg_advisory_lock(7)`).catch((e) => e)
  expect(sqlState(late)).toBe('QUERY_TIMEOUT')
  await lock.release()
  await expect.poll(() => db.execute(fine).catch(() => [])).toEqual(rows)
})

test('what is still waiting for a connection when its time is over never runs', async () => {
  const { db } = aPool({ queryTimeoutMs: 1000, statementTimeoutMs: 300_000 })
  await database.db.execute(sql`create table waited (n int)`)
  await expect.poll(() => db.execute(fine).catch(() => [])).toEqual(rows)
  const lock = await aHeldLock()
  const slow = db.execute(sql`select pg_advisory_lock(7)`).catch((e) => e)
  await expect.poll(lock.isAwaited).toBe(true)
  const waiting = db.execute(sql`insert into waited values (1)`).catch((e) => e)
  expect(sqlState(await waiting)).toBe('QUERY_TIMEOUT')
  await lock.release()
  await slow
  await expect.poll(() => db.execute(fine).catch(() => [])).toEqual(rows)
  expect(await database.db.execute(sql`select * from waited`)).toEqual([])
})

test('a statement is prepared anew when its table has changed', async () => {
  const { db } = aPool()
  await db.execute(sql`create table changing (n int)`)
  await db.execute(sql`insert into changing values (1)`)
  const read = sql`select * from changing where n = ${1}`
  expect(await db.execute(read)).toEqual([{ n: 1 }])
  await database.db.execute(sql`alter table changing add column text text default 'new'`)
  expect(await db.execute(read)).toEqual([{ n: 1, text: 'new' }])
  expect(await db.execute(read)).toEqual([{ n: 1, text: 'new' }])
})

test('a statement that the server has forgotten is sent again', async () => {
  const { db } = aPool()
  const read = sql`select ${1}::int as one`
  expect(await db.execute(read)).toEqual([{ one: 1 }])
  await db.execute(sql`deallocate all`)
  expect(await db.execute(read)).toEqual([{ one: 1 }])
})

/** What asks for it waits for as long as the test wants. */
async function aHeldLock() {
  const holder = await connectTo(database.url)
  onTestFinished(() => holder.end())
  await holder.query('select pg_advisory_lock(7)')
  return {
    async isAwaited() {
      const { rowCount } = await holder.query(
        "select from pg_locks where locktype = 'advisory' and not granted",
      )
      return rowCount === 1
    },
    release: () => holder.query('select pg_advisory_unlock(7)'),
  }
}

function aPool(options: Parameters<typeof openDatabase>[1] = {}) {
  const pool = openDatabase(database.url, { max: 1, ...options })
  onTestFinished(() => pool.close())
  return pool
}

test('a move under terminated backends is told as the table has it', async () => {
  const { db } = aPool({ max: 4 })
  const admin = await connectTo(database.url)
  onTestFinished(() => admin.end())
  const moves = createMoves(db)
  const made = await Promise.all(
    Array.from({ length: 60 }, () =>
      aProcessingTask(database.db, { prompt: 'a boat '.repeat(20_000), progress: 0 }),
    ),
  )
  let ended = false
  const storm = (async () => {
    while (!ended) {
      await admin
        .query(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and query ilike 'update%' and pid <> pg_backend_pid()`)
        .catch(() => {})
      await sleep(5)
    }
  })()
  const told = await Promise.all(
    made.map(async (task) => {
      const moved = await moves.apply(task, { to: 'COMPLETED' }).catch((error: unknown) => error)
      if (moved instanceof Error) expect(isUnavailable(moved), String(moved)).toBe(true)
      else expect(moved).toMatchObject({ videoId: task.videoId, status: 'COMPLETED', prompt: task.prompt })
      return moved instanceof Error ? undefined : task.videoId
    }),
  ).finally(() => {
    ended = true
  })
  await storm
  const completed = await database.db
    .select({ videoId: videoTasks.videoId })
    .from(videoTasks)
    .where(eq(videoTasks.status, 'COMPLETED'))
  const names = completed.map(({ videoId }) => videoId)
  expect(names).toEqual(expect.arrayContaining(told.filter((name) => name !== undefined)))
})
