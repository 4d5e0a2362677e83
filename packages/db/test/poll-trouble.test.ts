import type { PollTrouble } from '@reelay/contracts/jobs'
import { laneOf } from '@reelay/contracts/lanes'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMoves, type Moves } from '../src/moves.ts'
import type { TaskRow, videoTasks } from '../src/schema.ts'
import type { TaskAttempt } from '../src/task-columns.ts'
import { pollTroubleOf } from '../src/tasks/lanes.ts'
import { createTasks } from '../src/tasks.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { aProcessingTask, aUser, theTask } from './rows.ts'

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
    const ofLane = await createTasks(db).ofLane(laneOf(task as TaskRow & { acceptedAt: Date }))
    return ofLane.filter(({ videoId }) => videoId === task.videoId).map(pollTroubleOf)
  }
  expect(await read()).toEqual([{}])
  const waiting = { ...trouble, failures: 1, empties: 4, notBefore: 1_767_225_660_000 }
  await note(task, waiting)
  expect(await read()).toEqual([waiting])
  expect(await theTask(db, task)).toMatchObject({ version: task.version, updatedAt: task.updatedAt })
  await note(task, { failures: 1 })
  expect(await read()).toEqual([{ failures: 1 }])
  await note(task, undefined)
  expect(await read()).toEqual([{}])
  expect((await theTask(db, task)).pollTrouble).toBe(null)
})

test('trouble of one attempt is none of the next', async () => {
  const task = await aProcessingTask(db)
  await note(task, trouble)
  await moves.apply(task, { to: 'QUEUED' })
  expect(pollTroubleOf(await theTask(db, task))).toEqual({})
  await note(task, { failures: 9 })
  expect((await theTask(db, task)).pollTrouble).toEqual({ ...trouble, attempt: 1 })
})

test('a task that has ended has no trouble any more', async () => {
  const task = await aProcessingTask(db)
  await moves.apply(task, { to: 'COMPLETED' })
  await note(task, trouble)
  expect((await theTask(db, task)).pollTrouble).toBe(null)
})

describe('the trouble of many tasks', () => {
  test('is noted in one statement, for each its own', async () => {
    const tasks = await someTasks(300)
    const [bystander] = await someTasks(1, { pollTrouble: { attempt: 1, failures: 5 } })
    await moves.notePollTrouble(tasks.map((task, failures) => ({ ...task, trouble: { failures } })))
    const rows = await Promise.all(tasks.map((task) => theTask(db, task)))
    expect(rows.map(pollTroubleOf)).toEqual(tasks.map((_, failures) => ({ failures })))
    expect(bystander && (await theTask(db, bystander))).toEqual(bystander)
    const [writers] = await db.execute(sql`select count(distinct xmin::text)::int from video_tasks
      where video_id = any(${sql.param(tasks.map(({ videoId }) => videoId))}::text[])`)
    expect(writers).toEqual({ count: 1 })
  })

  test('is over for some and new for others', async () => {
    const [over, other, retried] = await someTasks(3, { pollTrouble: { attempt: 1, failures: 5 } })
    if (!over || !other || !retried) throw new Error('no tasks')
    await moves.notePollTrouble([
      { ...over, trouble: undefined },
      { ...other, trouble },
      { ...retried, attempt: 2, trouble },
    ])
    expect((await theTask(db, over)).pollTrouble).toBe(null)
    expect((await theTask(db, other)).pollTrouble).toEqual({ ...trouble, attempt: 1 })
    expect(await theTask(db, retried)).toEqual(retried)
  })

  test('of none is none', async () => {
    await moves.notePollTrouble([])
  })

  test('is noted by workers that have it in any order', async () => {
    const tasks = await someTasks(200)
    const rounds = Array.from({ length: 20 }, (_, n) => {
      const ordered = n % 2 ? tasks : tasks.toReversed()
      return moves.notePollTrouble(ordered.map((task) => ({ ...task, trouble: { failures: n } })))
    })
    await Promise.all(rounds)
    const rows = await Promise.all(tasks.map((task) => theTask(db, task)))
    expect(new Set(rows.map((row) => pollTroubleOf(row).failures)).size).toBe(1)
  })
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

function note(task: TaskAttempt, trouble: PollTrouble | undefined): Promise<void> {
  return moves.notePollTrouble([{ ...task, trouble }])
}

async function someTasks(count: number, columns: Partial<typeof videoTasks.$inferInsert> = {}) {
  const userId = await aUser(db)
  return Promise.all(Array.from({ length: count }, () => aProcessingTask(db, { userId, ...columns })))
}
