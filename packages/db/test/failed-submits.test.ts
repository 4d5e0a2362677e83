import { firstCredential } from '@reelay/contracts/credential'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createLedger, type Ledger } from '../src/ledger.ts'
import type { SubmissionOutcome, TaskRow } from '../src/schema.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { createUpstreamState, type UpstreamState } from '../src/upstream-state.ts'
import { anExternalId, aProcessingTask, aRun, aSubmission, aTask, aUser, aVideoId, turnOf } from './rows.ts'
import { tally } from './transaction.ts'

let database: TestDatabase
let db: TestDatabase['db']
let ledger: Ledger
let upstream: UpstreamState
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  ledger = createLedger(db)
  upstream = createUpstreamState(db)
})
afterAll(() => database.drop())
beforeEach(() => db.execute(sql`truncate video_tasks, submissions, upstream_state`))

const failure = { errorCode: 'upstream_refused', errorMessage: 'no' } as const
const sendingMs = 60_000
const anAttempt = { videoId: aVideoId(), attempt: 1 }
const probe = { begun: 1, no_permit: 9 }

test('after two failed submits in a row all may begin', async () => {
  await failedSubmits(2)
  expect(await beginTen()).toEqual({ begun: 10 })
})

test('after three failed submits one of ten goes out', async () => {
  await failedSubmits(3)
  expect(await turnOf(ledger, anAttempt, { sendWindowMs: 0, sendingMs })).toBe('free')
  expect(await beginTen()).toEqual(probe)
  expect(await turnOf(ledger, anAttempt, { sendWindowMs: 0, sendingMs })).toBe('no_permit')
  expect(await beginTen()).toEqual({ no_permit: 10 })
})

test('a limit of permits changes nothing about the probe', async () => {
  await failedSubmits(3)
  expect(await beginTen(5)).toEqual(probe)
})

test('a probe waits for its permit like any other', async () => {
  await failedSubmits(3)
  await aProcessingTask(db)
  expect(await beginTen(1)).toEqual({ no_permit: 10 })
  expect(await beginTen(2)).toEqual(probe)
})

describe('the next probe goes out when the last one', () => {
  test.each<[string, (task: TaskRow, run: ReturnType<typeof aRun>) => Promise<unknown>]>([
    ['is accepted', (task) => ledger.accept(task, anExternalId())],
    ['is refused', (task) => ledger.refuse(task, failure)],
    ['is in doubt', (task, run) => ledger.markInDoubt(task, run)],
    ['was not sent', (task, run) => ledger.markNotSent(task, run)],
  ])('%s', async (_, settle) => {
    await failedSubmits(3)
    const task = await aTask(db)
    const run = aRun()
    expect(await ledger.beginSubmission(task, run, { sendWindowMs: 0, sendingMs })).toBe('begun')
    expect(await beginTen()).toEqual({ no_permit: 10 })
    await settle(task, run)
    expect(await beginTen()).toEqual(probe)
  })

  test('can no longer be on its way', async () => {
    await failedSubmits(3)
    expect(await beginTen()).toEqual(probe)
    await db.execute(sql`update submissions set started_at = clock_timestamp() - interval '1 second'`)
    expect(await beginTen()).toEqual({ no_permit: 10 })
    await db.execute(sql`update submissions set started_at = clock_timestamp() - interval '61 seconds'`)
    expect(await beginTen()).toEqual(probe)
  })
})

test.each<SubmissionOutcome>(['in_doubt', 'accepted', 'not_sent', 'unknown'])(
  'a submission that is %s holds up no probe',
  async (outcome) => {
    await failedSubmits(3)
    await aSubmission(db, await aTask(db), { outcome })
    expect(await beginTen()).toEqual(probe)
  },
)

test('a submit that upstream answered opens the queue again', async () => {
  await failedSubmits(3)
  expect(await beginTen()).toEqual(probe)
  await upstream.noteAnswer(anAttempt, firstCredential, true)
  expect(await turnOf(ledger, anAttempt, { sendWindowMs: 0, sendingMs })).toBe('free')
  expect(await beginTen()).toEqual({ begun: 10 })
})

test('failures are counted anew after one success', async () => {
  await failedSubmits(3)
  await upstream.noteAnswer(anAttempt, firstCredential, true)
  await failedSubmits(2)
  expect(await beginTen()).toEqual({ begun: 10 })
  await failedSubmits(1)
  expect(await beginTen()).toEqual({ no_permit: 10 })
})

test('a probe whose twin is in flight lets another one out', async () => {
  await failedSubmits(3)
  const { twinKey } = await aSubmission(db, await aTask(db), { outcome: 'in_doubt' })
  const twin = await aTask(db)
  expect(await ledger.beginSubmission(twin, aRun(twinKey), { sendWindowMs: 0, sendingMs })).toBe(
    'twin_in_flight',
  )
  expect(await beginTen()).toEqual(probe)
})

/** So many in a row, and the time for which they held back all others has passed. */
async function failedSubmits(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1)
    await upstream.noteTrouble(anAttempt, firstCredential, { because: 'upstream_errors' })
  await db.execute(sql`update upstream_state set held_until = clock_timestamp()`)
}

/** Ten tasks more that begin at the same moment, and what they were told. */
async function beginTen(maxInFlight?: number) {
  const userId = await aUser(db)
  const tasks = await Promise.all(Array.from({ length: 10 }, () => aTask(db, { userId })))
  const permits = { maxInFlight, sendWindowMs: 0, sendingMs }
  return tally(await Promise.all(tasks.map((task) => ledger.beginSubmission(task, aRun(), permits))))
}
