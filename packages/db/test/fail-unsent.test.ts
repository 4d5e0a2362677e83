import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLedger, type Ledger } from '../src/ledger.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { aRun, aSubmission, aTask, theTask } from './rows.ts'
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
const _closedForGood = ['accepted', 'adopted', 'refused', 'unknown'] as const

describe('a queued task that expires', () => {
  test.each(['no', 'not_sent', 'refused'] as const)('has %s submission', async (outcome) => {
    const task = await aTask(db)
    if (outcome !== 'no') await aSubmission(db, task, { outcome })
    expect(await ledger.failUnsent(task, { errorCode: 'timeout', errorMessage: 'late' })).toMatchObject({
      status: 'FAILED',
      errorCode: 'timeout',
      upstreamCode: null,
      version: task.version + 1,
      completedAt: expect.any(Date),
    })
  })

  test.each(['sending', 'in_doubt'] as const)('has nothing that is %s', async (outcome) => {
    const task = await aTask(db)
    await aSubmission(db, task, { outcome })
    expect(await ledger.failUnsent(task, failure)).toBeUndefined()
    expect(await theTask(db, task)).toEqual(task)
  })

  test('has no earlier attempt in doubt either', async () => {
    const task = await aTask(db, { attempt: 2 })
    await aSubmission(db, { ...task, attempt: 1 }, { outcome: 'in_doubt' })
    expect(await ledger.failUnsent(task, failure)).toBeUndefined()
  })

  test.each(unqueued)('is not %s', async (status) => {
    const task = await aTask(db, { status })
    expect(await ledger.failUnsent(task, failure)).toBeUndefined()
    expect(await theTask(db, task)).toEqual(task)
  })

  test('is at the attempt that was meant', async () => {
    const task = await aTask(db, { attempt: 2 })
    expect(await ledger.failUnsent({ ...task, attempt: 1 }, failure)).toBeUndefined()
  })

  test('has not begun to be sent at the same moment', async () => {
    const task = await aTask(db)
    const { runId, twinKey } = aRun()
    const begin = await inTransaction(database)
    await begin.sql`select from video_tasks where video_id = ${task.videoId} for update`
    await begin.sql`insert into submissions (video_id, attempt, outcome, twin_key, run_id)
      values (${task.videoId}, 1, 'sending', ${twinKey}, ${runId})`
    const expired = ledger.failUnsent(task, failure)
    await statementsWait(database)
    await begin.commit()
    expect(await expired).toBeUndefined()
    expect(await theTask(db, task)).toEqual(task)
  })
})
