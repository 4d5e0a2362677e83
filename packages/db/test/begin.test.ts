import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLedger, type Ledger } from '../src/ledger.ts'
import type { TaskRow } from '../src/schema.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { anExternalId, anyNumber, aRun, aSubmission, aTask, theLedger, theTask } from './rows.ts'
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

const failure = { errorCode: 'upstream_refused', errorMessage: 'no', upstreamCode: 'bad_prompt' } as const
const unqueued = ['PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const
const closedForGood = ['accepted', 'adopted', 'refused', 'unknown'] as const

describe('a submission that begins', () => {
  test('is in the ledger before it is sent', async () => {
    const task = await aTask(db)
    const run = aRun()
    expect(await ledger.beginSubmission(task, run, anyNumber)).toBe('begun')
    expect(await theLedger(db, task)).toMatchObject([
      { attempt: 1, outcome: 'sending', ...run, externalId: null, settledAt: null },
    ])
    expect(await theTask(db, task)).toEqual(task)
  })

  test('is one of twenty that wanted to begin', async () => {
    const task = await aTask(db)
    const begun = await Promise.all(
      Array.from({ length: 20 }, () => ledger.beginSubmission(task, aRun(), anyNumber)),
    )
    expect(begun.filter((answer) => answer === 'begun')).toHaveLength(1)
    expect(begun.filter((answer) => answer === 'not_queued')).toHaveLength(19)
    expect(await theLedger(db, task)).toHaveLength(1)
  })

  test.each(unqueued)('never belongs to a task that is %s', async (status) => {
    const task = await aTask(db, { status })
    expect(await ledger.beginSubmission(task, aRun(), anyNumber)).toBe('not_queued')
    expect(await theLedger(db, task)).toEqual([])
  })

  test.each([1, 3])('never belongs to attempt %i while the task is at the second', async (attempt) => {
    const task = await aTask(db, { attempt: 2 })
    expect(await ledger.beginSubmission({ ...task, attempt }, aRun(), anyNumber)).toBe('not_queued')
    expect(await theLedger(db, task)).toEqual([])
  })

  test('waits for a cancel that came first and loses', async () => {
    const task = await aTask(db)
    const cancel = await inTransaction(database)
    await cancel.sql`update video_tasks set status = 'CANCELLED' where video_id = ${task.videoId}`
    const begun = ledger.beginSubmission(task, aRun(), anyNumber)
    await statementsWait(database)
    await cancel.commit()
    expect(await begun).toBe('not_queued')
    expect(await theLedger(db, task)).toEqual([])
  })

  test('begins again when nothing of it was sent', async () => {
    const task = await aTask(db)
    const { startedAt } = await aSubmission(db, task, {
      outcome: 'not_sent',
      startedAt: new Date(0),
      settledAt: new Date(1),
    })
    const run = aRun()
    expect(await ledger.beginSubmission(task, run, anyNumber)).toBe('begun')
    const [row] = await theLedger(db, task)
    expect(row).toMatchObject({ outcome: 'sending', runId: run.runId, settledAt: null })
    expect(row?.startedAt.getTime()).toBeGreaterThan(startedAt.getTime())
  })

  test('begins again under one of twenty only', async () => {
    const task = await aTask(db)
    await aSubmission(db, task, { outcome: 'not_sent' })
    const { twinKey } = aRun()
    const begun = await Promise.all(
      Array.from({ length: 20 }, () => ledger.beginSubmission(task, aRun(twinKey), anyNumber)),
    )
    expect(begun.filter((answer) => answer === 'begun')).toHaveLength(1)
  })

  test.each([...closedForGood, 'sending', 'in_doubt'] as const)(
    'never begins again when it is %s',
    async (outcome) => {
      const task = await aTask(db)
      const before = await aSubmission(db, task, { outcome })
      expect(await ledger.beginSubmission(task, aRun(), anyNumber)).toBe('not_queued')
      expect(await theLedger(db, task)).toEqual([before])
    },
  )
})

describe('a twin', () => {
  test.each(['sending', 'in_doubt'] as const)('does not begin while the other is %s', async (outcome) => {
    const run = aRun()
    await aSubmission(db, await aTask(db), { ...run, outcome })
    const twin = await aTask(db)
    expect(await ledger.beginSubmission(twin, aRun(run.twinKey), anyNumber)).toBe('twin_in_flight')
    expect(await theLedger(db, twin)).toEqual([])
  })

  test('that was not sent waits for the other, too', async () => {
    const run = aRun()
    await aSubmission(db, await aTask(db), run)
    const twin = await aTask(db)
    await aSubmission(db, twin, { twinKey: run.twinKey, outcome: 'not_sent' })
    expect(await ledger.beginSubmission(twin, aRun(run.twinKey), anyNumber)).toBe('twin_in_flight')
    expect(await theLedger(db, twin)).toMatchObject([{ outcome: 'not_sent' }])
  })

  test.each<[string, (task: TaskRow, run: ReturnType<typeof aRun>) => Promise<unknown>]>([
    ['accepted', (task) => ledger.accept(task, anExternalId())],
    ['refused', (task) => ledger.refuse(task, failure)],
    ['given up', (task) => ledger.giveUp(task, failure)],
    ['known as not sent', (task, run) => ledger.markNotSent(task, run)],
  ])('begins as soon as the other is %s', async (_, close) => {
    const [first, twin] = [await aTask(db), await aTask(db)]
    const run = aRun()
    expect(await ledger.beginSubmission(first, run, anyNumber)).toBe('begun')
    expect(await ledger.beginSubmission(twin, aRun(run.twinKey), anyNumber)).toBe('twin_in_flight')
    await close(first, run)
    expect(await ledger.beginSubmission(twin, aRun(run.twinKey), anyNumber)).toBe('begun')
  })

  test('is one of ten that are sent at a time', async () => {
    const { twinKey } = aRun()
    const twins = await Promise.all(Array.from({ length: 10 }, () => aTask(db)))
    const begun = await Promise.all(
      twins.map((twin) => ledger.beginSubmission(twin, aRun(twinKey), anyNumber)),
    )
    expect(begun.filter((answer) => answer === 'begun')).toHaveLength(1)
    expect(begun.filter((answer) => answer === 'twin_in_flight')).toHaveLength(9)
  })
})
