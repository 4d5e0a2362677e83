import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLedger } from '../src/ledger.ts'
import { users } from '../src/schema.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { aSubmission, aTask, aUser } from './rows.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('open submissions come the oldest first, each with the status of its task, be that gone', async () => {
  const { db } = database
  const at = (minutesAgo: number) => sql`now() - ${minutesAgo} * interval '1 minute'` as unknown as Date
  const userId = await aUser(db)
  const [newest, oldest, settled, orphan] = [
    await aTask(db),
    await aTask(db, { status: 'CANCELLED' }),
    await aTask(db),
    await aTask(db, { userId }),
  ]
  await aSubmission(db, newest, { startedAt: at(1) })
  await aSubmission(db, oldest, { outcome: 'in_doubt', startedAt: at(9) })
  await aSubmission(db, settled, { outcome: 'unknown', startedAt: at(8) })
  await aSubmission(db, orphan, { outcome: 'in_doubt', startedAt: at(5) })
  await db.delete(users).where(sql`id = ${userId}`)

  const { openSubmissions } = createLedger(db)
  expect(await openSubmissions(100)).toMatchObject([
    {
      videoId: oldest.videoId,
      attempt: 1,
      outcome: 'in_doubt',
      credential: 'default/default',
      status: 'CANCELLED',
    },
    { videoId: orphan.videoId, outcome: 'in_doubt', status: null },
    { videoId: newest.videoId, outcome: 'sending', status: 'QUEUED' },
  ])
  expect((await openSubmissions(1)).map(({ videoId }) => videoId)).toEqual([oldest.videoId])
})
