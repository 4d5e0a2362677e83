import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createLedger, type Ledger } from '../src/ledger.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { aRun, aTask, turnOf } from './rows.ts'
import { tally } from './transaction.ts'

import { createTrouble, permits, rejected, type Trouble } from './trouble.ts'

let database: TestDatabase
let db: TestDatabase['db']
let ledger: Ledger
let answered: Trouble['answered']
let endHold: Trouble['endHold']
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  ledger = createLedger(db)
  ;({ answered, endHold } = createTrouble(db))
})
afterAll(() => database.drop())
beforeEach(() => db.execute(sql`truncate video_tasks, submissions, upstream_state`))

describe('after a hold', () => {
  test('whoever was answered no lets another go first', async () => {
    const poison = await aTask(db)
    await answered(poison, rejected)
    await endHold('0 seconds')
    const other = await aTask(db)
    expect(await turnOf(ledger, poison, permits)).toBe('not_its_turn')
    expect(await ledger.beginSubmission(poison, aRun(), permits)).toBe('not_its_turn')
    expect(await turnOf(ledger, other, permits)).toBe('free')
    expect(await ledger.beginSubmission(other, aRun(), permits)).toBe('begun')
    expect(await turnOf(ledger, poison, permits)).toBe('no_permit')
  })

  test('waits for no other where there is none', async () => {
    const poison = await aTask(db)
    await answered(poison, rejected)
    await endHold('0 seconds')
    await aTask(db, { status: 'PROCESSING' })
    expect(await turnOf(ledger, poison, permits)).toBe('free')
  })

  test('waits for no other that was answered no as well', async () => {
    const [one, two] = [await aTask(db), await aTask(db)]
    await answered(one, rejected)
    await endHold('0 seconds')
    await answered(two, rejected)
    await endHold('0 seconds')
    expect(await turnOf(ledger, one, permits)).toBe('free')
  })

  test('waits for no other for long', async () => {
    const poison = await aTask(db)
    await answered(poison, rejected)
    await aTask(db)
    await endHold('2 seconds')
    expect(await turnOf(ledger, poison, permits)).toBe('not_its_turn')
    await endHold('4 seconds')
    expect(await turnOf(ledger, poison, permits)).toBe('free')
  })

  test('one probe goes out at a time, and none of those who were answered no', async () => {
    const tried = await Promise.all(Array.from({ length: 3 }, () => aTask(db)))
    for (const task of tried) {
      await endHold()
      await answered(task, rejected)
    }
    await endHold('0 seconds')
    const fresh = await Promise.all(Array.from({ length: 5 }, () => aTask(db)))
    const begun = await Promise.all(
      [...tried, ...fresh].map((task) => ledger.beginSubmission(task, aRun(), permits)),
    )
    expect(tally(begun.slice(3))).toEqual({ begun: 1, no_permit: 4 })
    expect(begun.slice(0, 3)).not.toContain('begun')
  })
})

test('how long a task waits by itself is told, and why', async () => {
  const { videoId, attempt, ...task } = await aTask(db)
  const run = aRun()
  const one = { videoId, attempt, ...task }
  await ledger.beginSubmission(one, run, permits)
  await ledger.markNotSent(one, run, { ms: 30_000, because: 'unclear' })
  const [row] = await db.execute<{ ms: number; because: string }>(
    sql`select extract(epoch from waits_until - clock_timestamp())::float8 * 1000 as ms, waits_because as because
      from submissions`,
  )
  expect(row?.because).toBe('unclear')
  expect(row?.ms).toBeGreaterThan(2000)
})
