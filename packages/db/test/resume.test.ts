import { firstCredential } from '@reelay/contracts/credential'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLedger, type Ledger } from '../src/ledger.ts'
import { createMoves, type Moves } from '../src/moves.ts'
import { type SubmissionOutcome, submissions, type TaskRow } from '../src/schema.ts'
import { isProcessing } from '../src/tasks/lanes.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { anExternalId, anyNumber, aRun, aSubmission, aTask, theLedger, theTask } from './rows.ts'
import { inTransaction, statementsWait, tally } from './transaction.ts'

let database: TestDatabase
let db: TestDatabase['db']
let moves: Moves
let ledger: Ledger
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  moves = createMoves(db)
  ledger = createLedger(db)
})
afterAll(() => database.drop())

const open = ['sending', 'in_doubt'] as const
const paid = anExternalId()

describe('a resume', () => {
  test('follows the video of an earlier attempt', async () => {
    const { task, externalId } = await aSecondAttempt()
    const moved = await ledger.resume(task, { externalId, credential: firstCredential })
    expect(moved).toMatchObject({
      status: 'PROCESSING',
      attempt: 2,
      externalTaskId: externalId,
      version: task.version + 1,
      acceptedAt: expect.any(Date),
    })
    expect(moved && isProcessing(moved)).toBe(true)
    expect(await theTask(db, task)).toEqual(moved)
    expect(await theLedger(db, task)).toMatchObject([
      { attempt: 1, outcome: 'accepted', externalId },
      { attempt: 2, outcome: 'adopted', externalId: null, settledAt: expect.any(Date) },
    ])
  })

  test('takes the place of what was not sent', async () => {
    const { task, externalId } = await aSecondAttempt()
    await aSubmission(db, task, { outcome: 'not_sent', settledAt: new Date() })
    expect(await ledger.resume(task, { externalId, credential: firstCredential })).toMatchObject({
      status: 'PROCESSING',
    })
    expect(await theLedger(db, task)).toMatchObject([{}, { outcome: 'adopted', externalId: null }])
  })

  test('leaves its attempt nothing to begin', async () => {
    const { task, externalId } = await aSecondAttempt()
    await ledger.resume(task, { externalId, credential: firstCredential })
    const before = await theLedger(db, task)
    expect(await ledger.beginSubmission(task, aRun(), anyNumber)).toBe('not_queued')
    await ledger.markNotSent(task, aRun())
    expect(await ledger.accept(task, anExternalId())).toBeUndefined()
    expect(await theLedger(db, task)).toEqual(before)
  })

  test.each(open)('is refused while the attempt is %s', async (outcome) => {
    const { task, externalId } = await aSecondAttempt()
    await aSubmission(db, task, { outcome })
    await refused(task, externalId)
  })

  test.each(open)('is refused while an earlier attempt is %s', async (outcome) => {
    const { task, externalId } = await aSecondAttempt({ attempt: 3 })
    await aSubmission(db, { ...task, attempt: 2 }, { outcome })
    await refused(task, externalId)
  })

  test.each(['PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const)(
    'of a task that is %s is none',
    async (status) => {
      const { task, externalId } = await aSecondAttempt({ status })
      await refused(task, externalId)
    },
  )

  test.each([1, 3])('for attempt %i is none while the task is at the second', async (attempt) => {
    const { task, externalId } = await aSecondAttempt()
    await refused({ ...task, attempt }, externalId)
  })

  test('is one of twenty at the same moment', async () => {
    const { task, externalId } = await aSecondAttempt()
    const moved = await Promise.all(
      Array.from({ length: 20 }, () => ledger.resume(task, { externalId, credential: firstCredential })),
    )
    expect(moved.filter(Boolean)).toHaveLength(1)
    expect(await theTask(db, task)).toMatchObject({ version: task.version + 1 })
  })
})

describe('a resume and a begin of the same attempt', () => {
  test('at the same moment have one winner', async () => {
    const winners = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const { task, externalId } = await aSecondAttempt()
        const begin = () => ledger.beginSubmission(task, aRun(), anyNumber)
        const resume = () => ledger.resume(task, { externalId, credential: firstCredential })
        const [begun, moved] =
          n % 2 === 0
            ? await Promise.all([begin(), resume()])
            : (await Promise.all([resume(), begin()])).toReversed()
        const { status } = await theTask(db, task)
        const [, second] = await theLedger(db, task)
        expect([begun, Boolean(moved), status, second?.outcome]).toEqual(
          begun === 'begun'
            ? ['begun', false, 'QUEUED', 'sending']
            : ['not_queued', true, 'PROCESSING', 'adopted'],
        )
        return begun === 'begun' ? 'begin' : 'resume'
      }),
    )
    expect(winners).toHaveLength(20)
  })

  test('that both wait for the row have one winner', async () => {
    const { task, externalId } = await aSecondAttempt()
    const holder = await inTransaction(database)
    await holder.sql`select from video_tasks where video_id = ${task.videoId} for update`
    const begun = ledger.beginSubmission(task, aRun(), anyNumber)
    await statementsWait(database)
    const moved = ledger.resume(task, { externalId, credential: firstCredential })
    await statementsWait(database, 2)
    await holder.commit()
    expect([await begun, await moved]).toEqual(['begun', undefined])
    expect(await theTask(db, task)).toEqual(task)
    expect(await theLedger(db, task)).toMatchObject([{}, { outcome: 'sending' }])
  })
})

describe('a resume and a cancel', () => {
  test('that came first leave the task cancelled', async () => {
    const { task, externalId } = await aSecondAttempt()
    const cancel = await inTransaction(database)
    await cancel.sql`update video_tasks set status = 'CANCELLED' where video_id = ${task.videoId}`
    const moved = ledger.resume(task, { externalId, credential: firstCredential })
    await statementsWait(database)
    await cancel.commit()
    expect(await moved).toBeUndefined()
    expect(await theTask(db, task)).toMatchObject({ status: 'CANCELLED', externalTaskId: null })
    expect(await theLedger(db, task)).toHaveLength(1)
  })

  test('at the same moment end in a cancelled task', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { task, externalId } = await aSecondAttempt()
      const [moved, cancelled] = await Promise.all([
        ledger.resume(task, { externalId, credential: firstCredential }),
        moves.cancel(task.userId, task.videoId),
      ])
      expect(cancelled?.version).toBe(task.version + (moved ? 2 : 1))
      expect(await theTask(db, task)).toEqual(cancelled)
      expect(await theLedger(db, task)).toHaveLength(moved ? 2 : 1)
    }
  })
})

describe('a submission that was given up', () => {
  test('is opened again to be searched for', async () => {
    const task = await aTask(db, { status: 'FAILED' })
    const before = await aSubmission(db, task, { outcome: 'unknown', settledAt: new Date() })
    expect(await ledger.reopen(task)).toBe(true)
    expect(await theLedger(db, task)).toEqual([{ ...before, outcome: 'in_doubt', settledAt: null }])
    expect(await theTask(db, task)).toEqual(task)
  })

  test.each<SubmissionOutcome>(['sending', 'in_doubt', 'accepted', 'adopted', 'refused', 'not_sent'])(
    'is meant, and not one that is %s',
    async (outcome) => {
      const task = await aTask(db)
      const before = await aSubmission(db, task, { outcome })
      expect(await ledger.reopen(task)).toBe(false)
      expect(await theLedger(db, task)).toEqual([before])
    },
  )

  test('is of the attempt that was named', async () => {
    const task = await aTask(db, { attempt: 2 })
    const before = await aSubmission(db, { ...task, attempt: 1 }, { outcome: 'unknown' })
    expect(await ledger.reopen(task)).toBe(false)
    expect(await theLedger(db, task)).toEqual([before])
  })

  test('stays closed while a twin of it is open', async () => {
    const { twinKey } = await aSubmission(db, await aTask(db), { outcome: 'in_doubt' })
    const task = await aTask(db)
    const before = await aSubmission(db, task, { outcome: 'unknown', twinKey })
    expect(await ledger.reopen(task)).toBe(false)
    expect(await theLedger(db, task)).toEqual([before])
    await db.update(submissions).set({ outcome: 'refused' }).where(eq(submissions.outcome, 'in_doubt'))
    expect(await ledger.reopen(task)).toBe(true)
  })

  test('is opened by one of ten', async () => {
    const task = await aTask(db)
    await aSubmission(db, task, { outcome: 'unknown' })
    const opened = await Promise.all(Array.from({ length: 10 }, () => ledger.reopen(task)))
    expect(tally(opened.map(String))).toEqual({ true: 1, false: 9 })
  })

  test('and is found after all belongs to the ledger', async () => {
    const task = await aTask(db, { attempt: 2 })
    const first = { ...task, attempt: 1 }
    await aSubmission(db, first, { outcome: 'unknown' })
    await ledger.reopen(first)
    expect(await ledger.adopt(first, paid)).toBeUndefined()
    expect(await ledger.resume(task, { externalId: paid, credential: firstCredential })).toMatchObject({
      status: 'PROCESSING',
      externalTaskId: paid,
    })
    expect(await theLedger(db, task)).toMatchObject([
      { outcome: 'adopted', externalId: paid },
      { outcome: 'adopted', externalId: null },
    ])
  })
})

/** A further attempt of a task whose first one was paid for. */
async function aSecondAttempt(columns: Partial<TaskRow> = {}) {
  const task = await aTask(db, { attempt: 2, ...columns })
  const externalId = anExternalId()
  await aSubmission(db, { ...task, attempt: 1 }, { outcome: 'accepted', externalId })
  return { task, externalId }
}

async function refused(task: TaskRow, externalId: ReturnType<typeof anExternalId>): Promise<void> {
  const before = [await theTask(db, task), await theLedger(db, task)]
  expect(await ledger.resume(task, { externalId, credential: firstCredential })).toBeUndefined()
  expect([await theTask(db, task), await theLedger(db, task)]).toEqual(before)
}
