import { errorCodes } from '@reelay/contracts/lifecycle'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLedger, type Ledger } from '../src/ledger.ts'
import type { Change } from '../src/moves/apply.ts'
import { createMoves, type Moves } from '../src/moves.ts'
import { toTaskView } from '../src/task-view.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { anExternalId, anyNumber, aProcessingTask, aRun, aSubmission, aTask, theTask } from './rows.ts'

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

const failure = { errorCode: 'upstream_refused', errorMessage: 'no', upstreamCode: 'bad_prompt' } as const
const _unqueued = ['PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const
const _closedForGood = ['accepted', 'adopted', 'refused', 'unknown'] as const

describe("upstream's answer", () => {
  test('raises the progress', async () => {
    const task = await aProcessingTask(db, { progress: 10 })
    const moved = await moves.apply(task, { to: 'PROCESSING', progress: 40 })
    expect(moved).toMatchObject({ status: 'PROCESSING', progress: 40, version: task.version + 1 })
    expect(await theTask(db, task)).toEqual(moved)
  })

  test.each([40, 39, 0])('never lowers or repeats a progress of 40 with %i', async (progress) => {
    const task = await aProcessingTask(db, { progress: 40 })
    expect(await moves.apply(task, { to: 'PROCESSING', progress })).toBeUndefined()
    expect(await theTask(db, task)).toEqual(task)
  })

  test('in any order leaves the highest progress', async () => {
    const task = await aProcessingTask(db)
    const answers = Array.from(
      { length: 20 },
      (_, n) => ({ to: 'PROCESSING', progress: (n * 7) % 20 }) as const,
    )
    const moved = await Promise.all(answers.map((change) => moves.apply(task, change)))
    const { progress, version } = await theTask(db, task)
    expect(progress).toBe(19)
    expect(version).toBe(task.version + moved.filter(Boolean).length)
  })

  test('completes a task with all that it says', async () => {
    const task = await aProcessingTask(db, { progress: 80, size: '720x1280', seconds: '4' })
    const moved = await moves.apply(task, { to: 'COMPLETED', size: '1280x720', seconds: '8' })
    expect(moved).toMatchObject({
      status: 'COMPLETED',
      progress: 100,
      size: '1280x720',
      seconds: '8',
      externalTaskId: task.externalTaskId,
      version: task.version + 1,
      completedAt: expect.any(Date),
      errorCode: null,
    })
    expect(moved?.completedAt?.getTime()).toBeGreaterThanOrEqual(task.updatedAt.getTime())
  })

  test('keeps size and seconds when it says neither', async () => {
    const task = await aProcessingTask(db, { size: '720x1280', seconds: '4' })
    const moved = await moves.apply(task, { to: 'COMPLETED', size: undefined })
    expect(moved).toMatchObject({ size: '720x1280', seconds: '4' })
  })

  test.each(errorCodes)('fails a task with %s', async (errorCode) => {
    const task = await aProcessingTask(db, { progress: 60 })
    const moved = await moves.apply(task, { to: 'FAILED', errorCode, errorMessage: 'why' })
    expect(moved).toMatchObject({
      status: 'FAILED',
      progress: 60,
      errorCode,
      errorMessage: 'why',
      upstreamCode: null,
      version: task.version + 1,
      completedAt: expect.any(Date),
    })
  })

  test('queues a task again for its second try', async () => {
    const task = await aProcessingTask(db, { progress: 60, queuedAt: new Date(0) })
    const moved = await moves.apply(task, { to: 'QUEUED', upstreamCode: 'internal_error' })
    expect(moved).toMatchObject({
      status: 'QUEUED',
      attempt: 2,
      autoRetriesUsed: 1,
      progress: 0,
      externalTaskId: null,
      acceptedAt: null,
      completedAt: null,
      version: task.version + 1,
    })
    expect(moved?.queuedAt.getTime()).toBeGreaterThan(0)
    expect(moved && toTaskView(moved)).toMatchObject({ errorCode: null, upstreamCode: null })
    const second = { ...task, attempt: 2 }
    expect(await ledger.beginSubmission(second, aRun(), anyNumber)).toBe('begun')
    expect(await ledger.accept(second, anExternalId())).toMatchObject({ upstreamCode: null })
  })

  const changes: Change[] = [
    { to: 'PROCESSING', progress: 50 },
    { to: 'COMPLETED' },
    { to: 'FAILED', ...failure },
    { to: 'QUEUED' },
  ]
  const guarded = changes.map((change) => [change.to, change] as const)

  test.each(guarded)('of another attempt never leads to %s', async (_, change) => {
    const task = await aProcessingTask(db, { attempt: 2 })
    expect(await moves.apply({ ...task, attempt: 1 }, change)).toBeUndefined()
    expect(await moves.apply({ ...task, attempt: 3 }, change)).toBeUndefined()
    expect(await theTask(db, task)).toEqual(task)
  })

  test.each(guarded)('about another video never leads to %s', async (_, change) => {
    const task = await aProcessingTask(db)
    expect(await moves.apply({ ...task, externalTaskId: anExternalId() }, change)).toBeUndefined()
    expect(await theTask(db, task)).toEqual(task)
  })

  test.each(guarded)('to a task that is not processing never leads to %s', async (_, change) => {
    for (const status of ['QUEUED', 'COMPLETED', 'FAILED', 'CANCELLED'] as const) {
      const externalTaskId = anExternalId()
      const task = await aTask(db, { status, externalTaskId, acceptedAt: new Date() })
      const processing = { ...task, status: 'PROCESSING', externalTaskId, acceptedAt: new Date() } as const
      expect(await moves.apply(processing, change)).toBeUndefined()
      expect(await theTask(db, task)).toEqual(task)
    }
  })

  test('that contradicts another ends the task once', async () => {
    const task = await aProcessingTask(db)
    const moved = await Promise.all(
      [...changes.slice(1), ...changes.slice(1)].map((change) => moves.apply(task, change)),
    )
    expect(moved.filter(Boolean)).toHaveLength(1)
    expect(await theTask(db, task)).toMatchObject({ version: task.version + 1 })
  })

  test('is stamped later than the one before', async () => {
    const task = await aProcessingTask(db)
    let before = task.updatedAt.getTime()
    for (const progress of [1, 2, 3, 4, 5]) {
      const moved = await moves.apply(task, { to: 'PROCESSING', progress })
      const now = moved?.updatedAt.getTime() ?? 0
      expect(now).toBeGreaterThanOrEqual(before)
      before = now
    }
  })
})

test('a name of upstream is kept as it is', async () => {
  const task = await aTask(db)
  await aSubmission(db, task)
  const odd = "upstream:a/b?c#d 'e' \\ 任务" as ExternalTaskId
  expect(await ledger.accept(task, odd)).toMatchObject({ externalTaskId: odd })
})
