import { errorCodes } from '@reelay/contracts/lifecycle'
import type { ExternalTaskId } from '@reelay/contracts/task'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { violatedUnique } from '../src/errors.ts'
import { createLedger, type Ledger } from '../src/ledger.ts'
import type { Change } from '../src/moves/apply.ts'
import { createMoves, type Moves } from '../src/moves.ts'
import { type SubmissionOutcome, type TaskRow, videoTasks } from '../src/schema.ts'
import { isProcessing } from '../src/tasks/followed.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import {
  anExternalId,
  anyNumber,
  aProcessingTask,
  aRun,
  aSubmission,
  aTask,
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

    expect(violatedUnique(error)).toBe('submissions_external_id_key')
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
    const moved = await moves.apply(task, { to: 'QUEUED' })
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
    expect(await ledger.beginSubmission({ ...task, attempt: 2 }, aRun(), anyNumber)).toBe('begun')
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
