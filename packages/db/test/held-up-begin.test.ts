import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLedger, type Ledger } from '../src/ledger.ts'
import type { SubmissionOutcome } from '../src/schema.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { anyNumber, aRun, aSubmission, aTask, theLedger, theTask } from './rows.ts'
import { inTransaction, statementsWait } from './transaction.ts'

let database: TestDatabase
let db: TestDatabase['db']
let ledger: Ledger
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  ledger = createLedger(db)
})
afterAll(() => database.drop())

test('a run that gave up first never begins afterwards', async () => {
  const task = await aTask(db)
  const run = aRun()
  await ledger.markNotSent(task, run)
  const given = await theLedger(db, task)
  expect(given).toMatchObject([{ outcome: 'not_sent', ...run, settledAt: expect.any(Date) }])
  expect(await ledger.beginSubmission(task, run, anyNumber)).toBe('not_queued')
  expect(await theLedger(db, task)).toEqual(given)
  expect(await theTask(db, task)).toEqual(task)
})

test('a begin that was held up finds that its run gave up', async () => {
  const task = await aTask(db)
  const run = aRun()
  const holder = await inTransaction(database)
  await holder.sql`select from video_tasks where video_id = ${task.videoId} for update`
  const begun = ledger.beginSubmission(task, run, anyNumber)
  await statementsWait(database)
  await ledger.markNotSent(task, run)
  await holder.commit()
  expect(await begun).toBe('not_queued')
  expect(await theLedger(db, task)).toMatchObject([{ outcome: 'not_sent' }])
})

test('a begin that was held up finds so behind an earlier run, too', async () => {
  const task = await aTask(db)
  const run = aRun()
  await ledger.markNotSent(task, aRun())
  await ledger.markNotSent(task, run)
  expect(await ledger.beginSubmission(task, run, anyNumber)).toBe('not_queued')
  expect(await theLedger(db, task)).toMatchObject([{ outcome: 'not_sent', runId: run.runId }])
})

test('another run begins after one that gave up', async () => {
  const task = await aTask(db)
  await ledger.markNotSent(task, aRun())
  const run = aRun()
  expect(await ledger.beginSubmission(task, run, anyNumber)).toBe('begun')
  expect(await theLedger(db, task)).toMatchObject([{ outcome: 'sending', runId: run.runId, settledAt: null }])
})

test('a run that gave up late stops nobody who sends', async () => {
  const task = await aTask(db)
  const run = aRun()
  await ledger.beginSubmission(task, run, anyNumber)
  const before = await theLedger(db, task)
  await ledger.markNotSent(task, aRun(run.twinKey))
  expect(await theLedger(db, task)).toEqual(before)
})

test('begin and giving up at once leave nothing sending', async () => {
  const rounds = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const task = await aTask(db)
      const run = aRun()
      await Promise.all([ledger.beginSubmission(task, run, anyNumber), ledger.markNotSent(task, run)])
      return theLedger(db, task)
    }),
  )
  for (const ledger of rounds) expect(ledger).toMatchObject([{ outcome: 'not_sent' }])
})

test.each<SubmissionOutcome>(['in_doubt', 'accepted', 'adopted', 'refused', 'unknown'])(
  'giving up changes nothing that is %s',
  async (outcome) => {
    const task = await aTask(db)
    const before = await aSubmission(db, task, { outcome })
    await ledger.markNotSent(task, before)
    expect(await theLedger(db, task)).toEqual([before])
  },
)

test('giving up takes no place among open twins', async () => {
  const { twinKey } = await aSubmission(db, await aTask(db))
  const twin = await aTask(db)
  await ledger.markNotSent(twin, aRun(twinKey))
  expect(await theLedger(db, twin)).toMatchObject([{ outcome: 'not_sent' }])
})
