import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMoves, type Moves } from '../src/moves.ts'
import { createFollowedReads, pollTroubleOf } from '../src/tasks/followed.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { aProcessingTask, theTask } from './rows.ts'

let database: TestDatabase
let db: TestDatabase['db']
let moves: Moves
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  moves = createMoves(db)
})
afterAll(() => database.drop())

const trouble = { misses: 2, missingSince: 1_767_225_600_000 }

test('trouble is read with its task until it is over, and nobody sees it move', async () => {
  const task = await aProcessingTask(db)
  const read = async () => {
    const followed = await createFollowedReads(db).findFollowed(task.videoId)
    return followed && pollTroubleOf(followed)
  }
  expect(await read()).toEqual({})
  await moves.notePollTrouble(task, trouble)
  expect(await read()).toEqual(trouble)
  expect(await theTask(db, task)).toMatchObject({ version: task.version, updatedAt: task.updatedAt })
  await moves.notePollTrouble(task, { failures: 1 })
  expect(await read()).toEqual({ failures: 1 })
  await moves.notePollTrouble(task, undefined)
  expect(await read()).toEqual({})
})

test('trouble of one attempt is none of the next', async () => {
  const task = await aProcessingTask(db)
  await moves.notePollTrouble(task, trouble)
  await moves.apply(task, { to: 'QUEUED' })
  expect(pollTroubleOf(await theTask(db, task))).toEqual({})
  await moves.notePollTrouble(task, { failures: 9 })
  expect((await theTask(db, task)).pollTrouble).toEqual({ ...trouble, attempt: 1 })
})

test('a task that has ended has no trouble any more', async () => {
  const task = await aProcessingTask(db)
  await moves.apply(task, { to: 'COMPLETED' })
  await moves.notePollTrouble(task, trouble)
  expect((await theTask(db, task)).pollTrouble).toBe(null)
})

test.each(['"text"', '[1]', '{}', '{"attempt": 1, "misses": "many"}', 'null'])(
  'what was written by hand as %s is no trouble',
  async (written) => {
    const task = await aProcessingTask(db)
    await db.execute(
      sql`update video_tasks set poll_trouble = ${written}::jsonb where video_id = ${task.videoId}`,
    )
    expect(pollTroubleOf(await theTask(db, task))).toEqual({})
  },
)
