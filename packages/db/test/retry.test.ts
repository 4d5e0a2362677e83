import { taskStatuses } from '@reelay/contracts/lifecycle'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLedger, type Ledger } from '../src/ledger.ts'
import { createMoves, type Moves } from '../src/moves.ts'
import { type TaskRow, videoTasks } from '../src/schema.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import {
  anExternalId,
  anyNumber,
  aProcessingTask,
  aRun,
  aSubmission,
  aTask,
  aUser,
  aVideoId,
  theLedger,
  theTask,
} from './rows.ts'
import { inTransaction, statementsWait } from './transaction.ts'

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

const failure = { errorCode: 'timeout', errorMessage: 'late' } as const
const retryable = ['FAILED', 'CANCELLED'] as const

test.each(taskStatuses.map((status) => [status, retryable.some((each) => each === status)] as const))(
  'a retry of a task that is %s moves it: %s',
  async (status, moves) => {
    const task = await aTask(db, { status })
    const moved = await retry(task)
    if (moves) expect(moved).toMatchObject({ status: 'QUEUED', attempt: 2, version: task.version + 1 })
    else expect(moved).toBeUndefined()
    expect(await theTask(db, task)).toEqual(moved ?? task)
  },
)

describe('a retry', () => {
  test.each(retryable)('of a task that is %s clears the attempt and keeps the task', async (status) => {
    const task = await aTask(db, {
      status,
      attempt: 2,
      autoRetriesUsed: 1,
      progress: 60,
      overdue: true,
      externalTaskId: anExternalId(),
      acceptedAt: new Date(1000),
      completedAt: new Date(2000),
      queuedAt: new Date(0),
      updatedAt: new Date(2000),
      errorCode: 'upstream_failed',
      errorMessage: 'it broke',
      upstreamCode: 'server_error',
      clientRequestId: 'key',
      prompt: 'a paper boat at night',
      model: 'sora-2',
      size: '1280x720',
      seconds: '8',
      metadata: {
        type: 'remix',
        remix_from: aVideoId(),
        remix_from_external: anExternalId(),
        own: { shot: [3] },
      },
    })
    const moved = await retry(task)
    expect(moved).toEqual({
      ...task,
      status: 'QUEUED',
      attempt: 3,
      autoRetriesUsed: 0,
      version: task.version + 1,
      progress: 0,
      overdue: false,
      externalTaskId: null,
      acceptedAt: null,
      completedAt: null,
      errorCode: null,
      errorMessage: null,
      upstreamCode: null,
      queuedAt: expect.any(Date),
      updatedAt: expect.any(Date),
    })
    expect(moved?.queuedAt.getTime()).toBeGreaterThan(task.createdAt.getTime() - 1)
    expect(moved?.updatedAt.getTime()).toBeGreaterThanOrEqual(task.updatedAt.getTime())
  })

  test('keeps what its owner says of force, each time anew', async () => {
    const task = await aTask(db, { status: 'FAILED' })
    for (const force of [true, false, true]) {
      expect(await retry(task, { force })).toMatchObject({ force })
      const { attempt } = await theTask(db, task)
      expect(await ledger.failUnsent({ ...task, attempt }, failure)).toMatchObject({ force })
    }
  })

  test('keeps force through the automatic second try', async () => {
    const task = await aProcessingTask(db, { force: true })
    expect(await moves.apply(task, { to: 'QUEUED' })).toMatchObject({ force: true, attempt: 2 })
  })

  test("never touches another user's task", async () => {
    const task = await aTask(db, { status: 'FAILED' })
    expect(await moves.retry(await aUser(db), task.videoId, true)).toBeUndefined()
    expect(await theTask(db, task)).toEqual(task)
  })

  test('of a task that is not there is none', async () => {
    expect(await moves.retry(await aUser(db), aVideoId(), false)).toBeUndefined()
  })

  test('twenty times at once moves the task once', async () => {
    const task = await aTask(db, { status: 'CANCELLED' })
    const moved = await Promise.all(Array.from({ length: 20 }, () => retry(task)))
    expect(moved.filter(Boolean)).toHaveLength(1)
    expect(await theTask(db, task)).toMatchObject({ attempt: 2, version: task.version + 1 })
  })

  test('waits for another that came first and loses', async () => {
    const task = await aTask(db, { status: 'FAILED' })
    const other = await inTransaction(database)
    await other.sql`update video_tasks set status = 'QUEUED', attempt = 2 where video_id = ${task.videoId}`
    const moved = retry(task)
    await statementsWait(database)
    await other.commit()
    expect(await moved).toBeUndefined()
    expect(await theTask(db, task)).toMatchObject({ status: 'QUEUED', attempt: 2 })
  })

  test('leaves the ledger as it is', async () => {
    const task = await aTask(db, { status: 'CANCELLED' })
    await aSubmission(db, task, { outcome: 'in_doubt' })
    const before = await theLedger(db, task)
    await retry(task)
    expect(await theLedger(db, task)).toEqual(before)
  })

  test('gives the next attempt a submission of its own', async () => {
    const task = await aTask(db)
    await aSubmission(db, task, { outcome: 'refused' })
    await db.update(videoTasks).set({ status: 'FAILED' }).where(eq(videoTasks.videoId, task.videoId))
    await retry(task)
    expect(await ledger.beginSubmission(task, aRun(), anyNumber)).toBe('not_queued')
    expect(await ledger.beginSubmission({ ...task, attempt: 2 }, aRun(), anyNumber)).toBe('begun')
    expect(await theLedger(db, task)).toMatchObject([{ outcome: 'refused' }, { outcome: 'sending' }])
  })

  test('leaves a late verdict on the attempt before no effect', async () => {
    const task = await aProcessingTask(db)
    await moves.cancel(task.userId, task.videoId)
    const queued = await retry(task)
    expect(await moves.apply(task, { to: 'COMPLETED' })).toBeUndefined()
    expect(await theTask(db, task)).toEqual(queued)
  })
})

function retry({ userId, videoId }: TaskRow, { force = false } = {}) {
  return moves.retry(userId, videoId, force)
}
