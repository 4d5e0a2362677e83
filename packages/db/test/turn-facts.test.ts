import { firstCredential } from '@reelay/contracts/credential'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createLedger, type Ledger } from '../src/ledger.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { createUpstreamState } from '../src/upstream-state.ts'
import { aProcessingTask, aRun, aSubmission, aTask, turnOf } from './rows.ts'
import { broken, createTrouble, limited, permits, type Trouble } from './trouble.ts'

let database: TestDatabase
let db: TestDatabase['db']
let ledger: Ledger
let endHold: Trouble['endHold']
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  ledger = createLedger(db)
  ;({ endHold } = createTrouble(db))
})
afterAll(() => database.drop())
beforeEach(() => db.execute(sql`truncate video_tasks, submissions, upstream_state`))

const facts = () => ledger.turnFacts(firstCredential, permits)

test('a credential that nobody used has nothing under way, and the database tells the time', async () => {
  const { now, ...rest } = await facts()
  expect(rest).toEqual({ inFlight: 0, hold: undefined, isProbed: false })
  const [row] = await db.execute(sql`select extract(epoch from clock_timestamp())::float8 * 1000 as ms`)
  expect(Math.abs(Number(row?.ms) - now.getTime())).toBeLessThan(5000)
})

test('what is made and what may be made is under way', async () => {
  await aProcessingTask(db)
  await aSubmission(db, await aTask(db), { outcome: 'in_doubt' })
  expect(await facts()).toMatchObject({ inFlight: 2 })
})

test('a hold is told with its reason, and when it has passed, too', async () => {
  const task = await aTask(db)
  await createUpstreamState(db).noteTrouble(task, firstCredential, { ...limited, retryAfterMs: 60_000 })
  const { hold, now } = await facts()
  expect(hold?.because).toBe('rate_limited')
  expect(hold?.until.getTime()).toBeGreaterThan(now.getTime() + 50_000)
  await endHold()
  const passed = await facts()
  expect(passed.hold?.until.getTime()).toBeLessThan(passed.now.getTime())
})

test('trouble that holds nobody yet is no hold', async () => {
  await createUpstreamState(db).noteTrouble(await aTask(db), firstCredential, broken)
  expect((await facts()).hold).toBeUndefined()
})

test('after a hold the submission that is on its way is the reason why another has no permit', async () => {
  await createUpstreamState(db).noteTrouble(await aTask(db), firstCredential, limited)
  await endHold()
  expect((await facts()).isProbed).toBe(false)
  await ledger.beginSubmission(await aTask(db), aRun(), permits)
  expect(await turnOf(ledger, await aTask(db), permits)).toBe('no_permit')
  expect((await facts()).isProbed).toBe(true)
})
