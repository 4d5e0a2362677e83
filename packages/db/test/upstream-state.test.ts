import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../src/client.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { createUpstreamState, type UpstreamState } from '../src/upstream-state.ts'

let database: TestDatabase
let db: TestDatabase['db']
let another: ReturnType<typeof openDatabase>
/** The same state as two workers see it. */
let here: UpstreamState
let there: UpstreamState
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  another = openDatabase(database.url)
  here = createUpstreamState(db)
  there = createUpstreamState(another.db)
})
afterAll(async () => {
  await another.close()
  await database.drop()
})
beforeEach(() => db.execute(sql`truncate upstream_state`))

const pollIntervalMs = 5000

describe('failed submits', () => {
  test('are counted in a row over all workers', async () => {
    const counts = []
    for (const worker of [here, there, there, here]) counts.push(await worker.countFailedSubmit())
    expect(counts).toEqual([1, 2, 3, 4])
  })

  test('can count as many, and one more each after that', async () => {
    await here.countFailedSubmit()
    const counts = []
    for (const worker of [here, there]) counts.push(await worker.countFailedSubmit(3))
    expect(counts).toEqual([3, 4])
  })

  test('at the same moment are all counted', async () => {
    const counts = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? here : there).countFailedSubmit()),
    )
    expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
  })

  test('are forgotten by all when one succeeds', async () => {
    await here.countFailedSubmit()
    await here.countFailedSubmit()
    await there.forgetFailedSubmits()
    expect(await here.countFailedSubmit()).toBe(1)
  })

  test('that never were are forgotten without a row', async () => {
    await here.forgetFailedSubmits()
    expect(await db.execute(sql`select from upstream_state`)).toHaveLength(0)
    expect(await here.countFailedSubmit()).toBe(1)
  })

  test('and the stretch of polls know nothing of each other', async () => {
    await here.countFailedSubmit()
    await here.stretchPolls(pollIntervalMs)
    await here.forgetFailedSubmits()
    expect(await stretch()).toBeCloseTo(2, 0)
    expect(await here.countFailedSubmit()).toBe(1)
  })
})

describe('the stretch of polls', () => {
  test('is one when nothing was ever written', async () => {
    expect(await stretch()).toBe(1)
  })

  test('is one when only failed submits were written', async () => {
    await here.countFailedSubmit()
    await shift('1 hour')
    expect(await stretch()).toBe(1)
  })

  test('doubles for all workers', async () => {
    await here.stretchPolls(pollIntervalMs)
    expect(await stretch(here)).toBeCloseTo(2, 0)
    expect(await stretch(there)).toBeCloseTo(2, 0)
  })

  test('doubles once for many at the same moment', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? here : there).stretchPolls(pollIntervalMs)),
    )
    expect(await stretch()).toBeLessThanOrEqual(2)
    expect(await stretch()).toBeGreaterThan(1.5)
  })

  test('doubles again after the interval that it made', async () => {
    await here.stretchPolls(pollIntervalMs)
    await shift('7 seconds')
    await there.stretchPolls(pollIntervalMs)
    expect(await stretch()).toBeLessThan(2)
    await shift('5 seconds')
    await there.stretchPolls(pollIntervalMs)
    expect(await stretch()).toBeGreaterThan(3)
    expect(await stretch()).toBeLessThan(4)
  })

  test('doubles after a first failed submit, too', async () => {
    await here.countFailedSubmit()
    await here.stretchPolls(pollIntervalMs)
    expect(await stretch()).toBeCloseTo(2, 0)
  })

  test('grows to twelve and no further', async () => {
    const seen: number[] = []
    for (let n = 0; n < 6; n += 1) {
      await here.stretchPolls(1)
      seen.push(Math.round(await stretch()))
      await shift('100 ms')
    }
    expect(seen).toEqual([2, 4, 8, 12, 12, 12])
    expect(await stretch()).toBeLessThanOrEqual(12)
  })

  test.each([
    ['1 minute', 6],
    ['2 minutes', 3],
    ['3 minutes', 1.5],
    ['4 minutes', 1],
    ['1 day', 1],
  ])('of twelve is, after %s, %d', async (age, left) => {
    await here.stretchPolls(pollIntervalMs)
    await db.execute(sql`update upstream_state set poll_stretch = 12`)
    await shift(age)
    expect(await stretch()).toBeLessThanOrEqual(left)
    expect(await stretch()).toBeGreaterThan(left * 0.9)
  })

  test('doubles what is left of it', async () => {
    await here.stretchPolls(pollIntervalMs)
    await db.execute(sql`update upstream_state set poll_stretch = 12`)
    await shift('2 minutes')
    await there.stretchPolls(pollIntervalMs)
    expect(await stretch()).toBeLessThanOrEqual(6)
    expect(await stretch()).toBeGreaterThan(5)
  })

  test('begins anew from one when it is long gone', async () => {
    await here.stretchPolls(pollIntervalMs)
    await shift('1 day')
    await here.stretchPolls(pollIntervalMs)
    expect(await stretch()).toBeCloseTo(2, 0)
  })
})

test("the pace tells the time by the database's clock", async () => {
  const read = async () => {
    const [row] = await db.execute<{ ms: number }>(
      sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`,
    )
    return row?.ms ?? 0
  }
  const before = await read()
  const { now } = await here.pace()
  expect(now).toBeGreaterThanOrEqual(before)
  expect(now).toBeLessThanOrEqual(await read())
})

async function stretch(worker = here): Promise<number> {
  return (await worker.pace()).stretch
}

/** Makes the last doubling older than it is. */
async function shift(interval: string): Promise<void> {
  await db.execute(sql`update upstream_state set stretched_at = stretched_at - ${interval}::interval`)
}
