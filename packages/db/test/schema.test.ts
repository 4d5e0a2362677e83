import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sqlState, violatedUnique } from '../src/errors.ts'
import { type Metadata, type SubmissionOutcome, users, type videoTasks } from '../src/schema.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { anExternalId, aRun, aSubmission, aTask, aUser, theLedger, theTask } from './rows.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const CHECK = '23514'

describe('the table of tasks refuses', () => {
  test.each<[string, Partial<typeof videoTasks.$inferInsert>]>([
    ['an unknown status', { status: 'DONE' as 'COMPLETED' }],
    ['a status in lower case', { status: 'queued' as 'QUEUED' }],
    ['a processing task that upstream never named', { status: 'PROCESSING', externalTaskId: null }],
    ['a processing task that was never accepted', { status: 'PROCESSING', acceptedAt: null }],
    ['a progress above one hundred', { progress: 101 }],
    ['a progress below zero', { progress: -1 }],
    ['metadata that is a list', { metadata: [] as unknown as Metadata }],
    ['metadata that is text', { metadata: 'remix' as unknown as Metadata }],
    ['metadata that is a number', { metadata: 1 as unknown as Metadata }],
    ['metadata that is a JSON null', { metadata: sql`'null'::jsonb` as unknown as Metadata }],
  ])('%s', async (_, columns) => {
    expect(sqlState(await aTask(database.db, columns).catch((error) => error))).toBe(CHECK)
  })

  test('a task of a user who is not there', async () => {
    const userId = '00000000-0000-0000-0000-000000000000'
    expect(sqlState(await aTask(database.db, { userId }).catch((error) => error))).toBe('23503')
  })

  test('a second task with the same request id', async () => {
    const { db } = database
    const first = await aTask(db, { clientRequestId: 'key' })
    const second = aTask(db, { userId: first.userId, clientRequestId: 'key' })
    expect(violatedUnique(await second.catch((error) => error))).toBe('video_tasks_client_request_key')
  })
})

describe('the ledger refuses', () => {
  test('an outcome that it does not know', async () => {
    const { db } = database
    const outcome = 'lost' as SubmissionOutcome
    expect(sqlState(await aSubmission(db, await aTask(db), { outcome }).catch((error) => error))).toBe(CHECK)
  })

  test('a second row for the same attempt', async () => {
    const { db } = database
    const task = await aTask(db)
    await aSubmission(db, task, { outcome: 'refused' })
    const second = await aSubmission(db, task).catch((error) => error)
    expect(violatedUnique(second)).toBe('submissions_video_id_attempt_pk')
  })

  test('a video of upstream that it has already', async () => {
    const { db } = database
    const externalId = anExternalId()
    await aSubmission(db, await aTask(db), { outcome: 'accepted', externalId })
    const second = await aSubmission(db, await aTask(db), { outcome: 'adopted', externalId }).catch((e) => e)
    expect(violatedUnique(second)).toBe('submissions_upstream_external_id_key')
  })

  test.each<[SubmissionOutcome, SubmissionOutcome]>([
    ['sending', 'sending'],
    ['sending', 'in_doubt'],
    ['in_doubt', 'in_doubt'],
  ])('a twin of what is %s, when that is %s too', async (first, second) => {
    const { db } = database
    const { twinKey } = aRun()
    await aSubmission(db, await aTask(db), { outcome: first, twinKey })
    const twin = await aSubmission(db, await aTask(db), { outcome: second, twinKey }).catch((error) => error)
    expect(violatedUnique(twin)).toBe('submissions_twin_key')
  })
})

test('the ledger keeps any number of closed twins', async () => {
  const { db } = database
  const { twinKey } = aRun()
  const closed = ['accepted', 'accepted', 'adopted', 'refused', 'not_sent', 'unknown'] as const
  for (const outcome of closed) await aSubmission(db, await aTask(db), { outcome, twinKey })
})

test('the ledger outlives the task and its user', async () => {
  const { db } = database
  const userId = await aUser(db)
  const task = await aTask(db, { userId })
  await aSubmission(db, task, { outcome: 'accepted', externalId: anExternalId() })
  await db.delete(users).where(eq(users.id, userId))
  expect(await theTask(db, task)).toBeUndefined()
  expect(await theLedger(db, task)).toHaveLength(1)
})
