import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { violatedUnique } from '../src/errors.ts'
import { createLedger, type Ledger } from '../src/ledger.ts'
import { type SubmissionOutcome, videoTasks } from '../src/schema.ts'
import { isProcessing } from '../src/tasks/lanes.ts'
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

describe('the run that began', () => {
  test('says that nothing was sent', async () => {
    const task = await aTask(db)
    const run = aRun()
    await ledger.beginSubmission(task, run, anyNumber)
    await ledger.markNotSent(task, run)
    const [row] = await theLedger(db, task)
    expect(row).toMatchObject({ outcome: 'not_sent', runId: run.runId })
    expect(row?.settledAt).not.toBeNull()
  })

  test('says that its answer was lost', async () => {
    const task = await aTask(db)
    const run = aRun()
    await ledger.beginSubmission(task, run, anyNumber)
    await ledger.markInDoubt(task, run)
    expect(await theLedger(db, task)).toMatchObject([{ outcome: 'in_doubt', settledAt: null }])
  })

  test('is the only one who may say either', async () => {
    const task = await aTask(db)
    await ledger.beginSubmission(task, aRun(), anyNumber)
    const before = await theLedger(db, task)
    await ledger.markNotSent(task, aRun())
    await ledger.markInDoubt(task, aRun())
    expect(await theLedger(db, task)).toEqual(before)
  })

  test.each<SubmissionOutcome>([...closedForGood, 'in_doubt', 'not_sent'])(
    'can change nothing that is %s already',
    async (outcome) => {
      const task = await aTask(db)
      const run = aRun()
      const before = await aSubmission(db, task, { ...run, outcome })
      await ledger.markNotSent(task, run)
      await ledger.markInDoubt(task, run)
      expect(await theLedger(db, task)).toEqual([before])
    },
  )
})

describe('an acceptance', () => {
  test('moves the submission and the task in one step', async () => {
    const task = await aTask(db)
    await ledger.beginSubmission(task, aRun(), anyNumber)
    const externalTaskId = anExternalId()

    const moved = await ledger.accept(task, externalTaskId)

    expect(moved).toMatchObject({ status: 'PROCESSING', externalTaskId, version: task.version + 1 })
    expect(moved?.acceptedAt).toBeInstanceOf(Date)
    expect(moved?.updatedAt.getTime()).toBeGreaterThanOrEqual(task.updatedAt.getTime())
    expect(await theTask(db, task)).toEqual(moved)
    expect(moved && isProcessing(moved)).toBe(true)
    expect(await theLedger(db, task)).toMatchObject([
      { outcome: 'accepted', externalId: externalTaskId, settledAt: expect.any(Date) },
    ])
  })

  test.each(['sending', 'in_doubt', 'unknown'] as const)('may come while it is %s', async (outcome) => {
    const task = await aTask(db)
    await aSubmission(db, task, { outcome })
    expect(await ledger.accept(task, anExternalId())).toMatchObject({ status: 'PROCESSING' })
    expect(await theLedger(db, task)).toMatchObject([{ outcome: 'accepted' }])
  })

  test.each(['accepted', 'adopted', 'refused', 'not_sent'] as const)(
    'changes nothing that is %s',
    async (outcome) => {
      const task = await aTask(db)
      const before = await aSubmission(db, task, { outcome })
      expect(await ledger.accept(task, anExternalId())).toBeUndefined()
      expect(await theLedger(db, task)).toEqual([before])
      expect(await theTask(db, task)).toEqual(task)
    },
  )

  test.each(['FAILED', 'CANCELLED', 'COMPLETED'] as const)(
    'of a task that is %s is for the ledger only',
    async (status) => {
      const task = await aTask(db, { status })
      await aSubmission(db, task)
      const externalId = anExternalId()
      expect(await ledger.accept(task, externalId)).toBeUndefined()
      expect(await theTask(db, task)).toEqual(task)
      expect(await theLedger(db, task)).toMatchObject([{ outcome: 'accepted', externalId }])
    },
  )

  test('of an earlier attempt is for the ledger only', async () => {
    const first = await aTask(db)
    await aSubmission(db, first)
    await db.update(videoTasks).set({ attempt: 2 }).where(eq(videoTasks.videoId, first.videoId))
    expect(await ledger.accept(first, anExternalId())).toBeUndefined()
    expect(await theTask(db, first)).toMatchObject({ status: 'QUEUED', attempt: 2, externalTaskId: null })
    expect(await theLedger(db, first)).toMatchObject([{ attempt: 1, outcome: 'accepted' }])
  })

  test('of a task that is cancelled meanwhile is for the ledger only', async () => {
    const task = await aTask(db)
    await aSubmission(db, task)
    const cancel = await inTransaction(database)
    await cancel.sql`update video_tasks set status = 'CANCELLED' where video_id = ${task.videoId}`
    const accepted = ledger.accept(task, anExternalId())
    await statementsWait(database)
    await cancel.commit()
    expect(await accepted).toBeUndefined()
    expect(await theTask(db, task)).toMatchObject({ status: 'CANCELLED', externalTaskId: null })
    expect(await theLedger(db, task)).toMatchObject([{ outcome: 'accepted' }])
  })

  test('without a submission is none', async () => {
    const task = await aTask(db)
    expect(await ledger.accept(task, anExternalId())).toBeUndefined()
    expect(await theTask(db, task)).toEqual(task)
  })

  test('that comes twice moves the task once', async () => {
    const task = await aTask(db)
    await aSubmission(db, task)
    const externalTaskId = anExternalId()
    const moved = await Promise.all([1, 2, 3].map(() => ledger.accept(task, externalTaskId)))
    expect(moved.filter(Boolean)).toHaveLength(1)
    expect(await theTask(db, task)).toMatchObject({ version: task.version + 1 })
  })

  test('of a video that another task has changes nothing', async () => {
    const [owner, other] = [await aTask(db), await aTask(db)]
    const externalTaskId = anExternalId()
    await aSubmission(db, owner)
    await ledger.accept(owner, externalTaskId)
    await aSubmission(db, other)

    const error = await ledger.accept(other, externalTaskId).catch((error) => error)

    expect(violatedUnique(error)).toBe('submissions_upstream_external_id_key')
    expect(await theTask(db, other)).toEqual(other)
    expect(await theLedger(db, other)).toMatchObject([{ outcome: 'sending', externalId: null }])
  })
})

describe.each([
  ['refuse', 'refused'],
  ['giveUp', 'unknown'],
] as const)('%s', (move, outcome) => {
  test.each(['sending', 'in_doubt'] as const)('ends the task and what is %s', async (before) => {
    const task = await aTask(db)
    await aSubmission(db, task, { outcome: before })
    const moved = await ledger[move](task, failure)
    expect(moved).toMatchObject({ status: 'FAILED', ...failure, version: task.version + 1 })
    expect(moved?.completedAt).toBeInstanceOf(Date)
    expect(await theLedger(db, task)).toMatchObject([{ outcome, settledAt: expect.any(Date) }])
  })

  test.each(['accepted', 'adopted', 'not_sent', 'unknown', 'refused'] as const)(
    'changes nothing that is %s',
    async (before) => {
      const task = await aTask(db)
      const row = await aSubmission(db, task, { outcome: before })
      expect(await ledger[move](task, failure)).toBeUndefined()
      expect(await theTask(db, task)).toEqual(task)
      expect(await theLedger(db, task)).toEqual([row])
    },
  )

  test.each(unqueued)('closes the submission of a task that is %s', async (status) => {
    const task = await aTask(db, { status })
    await aSubmission(db, task)
    expect(await ledger[move](task, failure)).toBeUndefined()
    expect(await theTask(db, task)).toEqual(task)
    expect(await theLedger(db, task)).toMatchObject([{ outcome }])
  })
})
