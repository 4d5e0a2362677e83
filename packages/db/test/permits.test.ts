import { firstCredential } from '@reelay/contracts/credential'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createLedger, type Ledger, type Limits, type SendingTime } from '../src/ledger.ts'
import type { Change } from '../src/moves/apply.ts'
import { createMoves, type Moves } from '../src/moves.ts'
import type { SubmissionOutcome, TaskRow } from '../src/schema.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import {
  anExternalId,
  anyNumber,
  aProcessingTask,
  aRun,
  aSubmission,
  aTask,
  aUser,
  theLedger,
  theTask,
  turnOf,
} from './rows.ts'
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
// A permit is everybody's: no test leaves one taken.
beforeEach(() => db.execute(sql`truncate video_tasks, submissions, upstream_state`))

const failure = { errorCode: 'upstream_refused', errorMessage: 'no' } as const
const sendingMs = 60_000
const one = { maxInFlight: 1, sendWindowMs: 0, sendingMs }
const three = { maxInFlight: 3, sendWindowMs: 0, sendingMs }

describe('of twenty tasks that begin at once', () => {
  test('three get the three permits, and the rest none', async () => {
    const tasks = await queuedTasks(20)
    const answers = await Promise.all(tasks.map((task) => begin(task, three)))
    expect(tally(answers)).toEqual({ begun: 3, no_permit: 17 })
    const rows = await Promise.all(tasks.map((task) => theLedger(db, task)))
    expect(rows.map(([row]) => row?.outcome)).toEqual(
      answers.map((answer) => (answer === 'begun' ? 'sending' : undefined)),
    )
  })

  test('only as many begin as permits are left', async () => {
    await aProcessingTask(db)
    await aSubmission(db, await aTask(db), { outcome: 'in_doubt' })
    const tasks = await queuedTasks(20)
    const answers = await Promise.all(tasks.map((task) => begin(task, three)))
    expect(tally(answers)).toEqual({ begun: 1, no_permit: 19 })
  })

  test('all begin where there is no limit', async () => {
    const tasks = await queuedTasks(20)
    const answers = await Promise.all(tasks.map((task) => begin(task, anyNumber)))
    expect(tally(answers)).toEqual({ begun: 20 })
    expect(await turnOf(ledger, await aTask(db), anyNumber)).toBe('free')
  })
})

describe('a permit is taken by', () => {
  test('a video that upstream is making', async () => {
    await aProcessingTask(db)
    await nobodyMayBegin()
  })

  test.each(['sending', 'in_doubt'] as const)('a submission that is %s', async (outcome) => {
    await aSubmission(db, await aTask(db), { outcome })
    await nobodyMayBegin()
  })

  test('a submission in doubt whose task was cancelled', async () => {
    await aSubmission(db, await aTask(db, { status: 'CANCELLED' }), { outcome: 'in_doubt' })
    await nobodyMayBegin()
  })

  test('an accepted submission from its begin on', async () => {
    const task = await aTask(db)
    expect(await begin(task, one)).toBe('begun')
    await nobodyMayBegin()
    await ledger.accept(task, anExternalId())
    await nobodyMayBegin()
  })
})

describe('no permit is taken by', () => {
  test.each(['QUEUED', 'COMPLETED', 'FAILED', 'CANCELLED'] as const)('a task that is %s', async (status) => {
    await aTask(db, { status })
    await oneMayBegin()
  })

  test.each<SubmissionOutcome>(['accepted', 'adopted', 'refused', 'not_sent', 'unknown'])(
    'a submission that is %s',
    async (outcome) => {
      await aSubmission(db, await aTask(db, { status: 'FAILED' }), { outcome })
      await oneMayBegin()
    },
  )

  test('a twin that may not be sent yet', async () => {
    const { twinKey } = await aSubmission(db, await aTask(db), { outcome: 'in_doubt' })
    const twin = await aTask(db)
    expect(await ledger.beginSubmission(twin, aRun(twinKey), three)).toBe('twin_in_flight')
    expect(await theLedger(db, twin)).toEqual([])
    expect(tally(await Promise.all((await queuedTasks(5)).map((task) => begin(task, three))))).toEqual({
      begun: 2,
      no_permit: 3,
    })
  })

  test('an attempt that was not queued any more', async () => {
    expect(await begin(await aTask(db, { status: 'CANCELLED' }), one)).toBe('not_queued')
    await oneMayBegin()
  })
})

describe('a permit is free again when', () => {
  test.each<[string, Change]>([
    ['completed', { to: 'COMPLETED' }],
    ['failed', { to: 'FAILED', ...failure }],
    ['queued again', { to: 'QUEUED' }],
  ])('its video is %s', async (_, change) => {
    const task = await aProcessingTask(db)
    await nobodyMayBegin()
    await moves.apply(task, change)
    await oneMayBegin()
  })

  test('its task is cancelled', async () => {
    const { userId, videoId } = await aProcessingTask(db)
    await moves.cancel(userId, videoId)
    await oneMayBegin()
  })

  test.each(['refuse', 'giveUp'] as const)('its submission is settled by %s', async (move) => {
    const task = await aTask(db)
    await begin(task, one)
    await ledger[move](task, failure)
    await oneMayBegin()
  })

  test('nothing was sent, and then it is for anybody', async () => {
    const task = await aTask(db)
    const run = aRun()
    await ledger.beginSubmission(task, run, one)
    await ledger.markNotSent(task, run)
    expect(await begin(await aTask(db), one)).toBe('begun')
    expect(await begin(task, one)).toBe('no_permit')
  })
})

describe('the lock under which permits are counted', () => {
  const lock = `select pg_advisory_xact_lock(hashtextextended('begin_submission ${firstCredential}', 0))`

  test('holds up who has a limit until it is free', async () => {
    const task = await aTask(db)
    const other = await inTransaction(database)
    await other.sql.unsafe(lock)
    const begun = begin(task, one)
    await statementsWait(database)
    await other.commit()
    expect(await begun).toBe('begun')
  })

  test('holds up nobody who has none', async () => {
    const other = await inTransaction(database)
    await other.sql.unsafe(lock)
    expect(await begin(await aTask(db), anyNumber)).toBe('begun')
    await other.commit()
  })

  test('shows who waited what began before', async () => {
    const [first, second] = [await aTask(db), await aTask(db)]
    const { runId, twinKey } = aRun()
    const other = await inTransaction(database)
    await other.sql.unsafe(lock)
    await other.sql`insert into submissions (video_id, attempt, outcome, twin_key, run_id)
      values (${first.videoId}, 1, 'sending', ${twinKey}, ${runId})`
    const begun = begin(second, one)
    await statementsWait(database)
    await other.commit()
    expect(await begun).toBe('no_permit')
  })
})

async function queuedTasks(count: number): Promise<TaskRow[]> {
  const userId = await aUser(db)
  return Promise.all(Array.from({ length: count }, () => aTask(db, { userId })))
}

function begin(task: TaskRow, permits: Limits & SendingTime) {
  return ledger.beginSubmission(task, aRun(), permits)
}

async function nobodyMayBegin(): Promise<void> {
  const task = await aTask(db)
  expect(await turnOf(ledger, task, one)).toBe('no_permit')
  expect(await begin(task, one)).toBe('no_permit')
  expect(await theLedger(db, task)).toEqual([])
  expect(await theTask(db, task)).toEqual(task)
}

async function oneMayBegin(): Promise<void> {
  expect(await turnOf(ledger, await aTask(db), one)).toBe('free')
  expect(await begin(await aTask(db), one)).toBe('begun')
  await nobodyMayBegin()
}
