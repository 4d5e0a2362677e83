import type { VideoId } from '@reelay/contracts/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTasks, type Tasks } from '../src/tasks.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { aTask, aUser } from './rows.ts'

let database: TestDatabase
let db: TestDatabase['db']
let tasks: Tasks
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  tasks = createTasks(db)
})
afterAll(() => database.drop())

describe('what listeners need', () => {
  const long = new Date(Date.now() - 3_600_000)
  const lately = new Date(Date.now() - 60_000)
  const minutes = 60_000

  test('is what goes on and what ended since', async () => {
    const userId = await aUser(db)
    const ended = await aTask(db, { userId, status: 'FAILED', completedAt: lately, updatedAt: lately })
    const queued = await aTask(db, { userId, updatedAt: long })
    const processing = await aTask(db, { userId, status: 'PROCESSING' })
    await aTask(db, { userId, status: 'COMPLETED', completedAt: long, updatedAt: long })
    await aTask(db, { status: 'PROCESSING' })

    const snapshot = await tasks.snapshot(userId, [new Date(Date.now() - 2 * minutes)])
    expect(names(snapshot ?? [])).toEqual(names([queued, ended, processing]))
  })

  test('is what changed lately, or only what ended', async () => {
    const [userId, other, stranger] = [await aUser(db), await aUser(db), await aUser(db)]
    const ended = await aTask(db, { userId, status: 'CANCELLED', completedAt: lately, updatedAt: lately })
    const moved = await aTask(db, { userId: other, status: 'PROCESSING' })
    await aTask(db, { userId, status: 'PROCESSING', updatedAt: long })
    await aTask(db, { userId, status: 'COMPLETED', completedAt: long, updatedAt: long })
    await aTask(db, { userId: stranger, status: 'PROCESSING' })

    const asked = [userId, other]
    expect(names(await tasks.changedLately(asked, 2 * minutes, false))).toEqual(names([ended, moved]))
    expect(names(await tasks.changedLately(asked, 2 * minutes, true))).toEqual(names([ended]))
    expect(await tasks.changedLately([], 2 * minutes, false)).toEqual([])
  })
})

function names(rows: { videoId: VideoId }[]): string[] {
  return rows.map(({ videoId }) => videoId)
}
