import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMoves, type Moves } from '../src/moves.ts'
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

const late = (progress: number) => ({ to: 'PROCESSING', progress, overdue: true }) as const

describe('a task that is late', () => {
  test('says so at once, without any progress', async () => {
    const task = await aProcessingTask(db, { progress: 40 })
    const moved = await moves.apply(task, late(40))
    expect(moved).toMatchObject({ overdue: true, progress: 40, version: task.version + 1 })
    expect(await theTask(db, task)).toEqual(moved)
  })

  test('says so once, however often it is looked at', async () => {
    const task = await aProcessingTask(db, { progress: 40 })
    const moved = await Promise.all(Array.from({ length: 20 }, () => moves.apply(task, late(40))))
    expect(moved.filter(Boolean)).toHaveLength(1)
  })

  test('keeps the progress that it had', async () => {
    const task = await aProcessingTask(db, { progress: 40 })
    expect(await moves.apply(task, late(10))).toMatchObject({ overdue: true, progress: 40 })
  })

  test('stays late while it goes on', async () => {
    const task = await aProcessingTask(db, { progress: 40, overdue: true })
    const change = { to: 'PROCESSING', progress: 50 } as const
    expect(await moves.apply(task, change)).toMatchObject({ overdue: true, progress: 50 })
  })

  test('is late no more as a second try', async () => {
    const task = await aProcessingTask(db, { overdue: true })
    expect(await moves.apply(task, { to: 'QUEUED' })).toMatchObject({ overdue: false, attempt: 2 })
  })
})

test('a task that is in time is not late', async () => {
  const task = await aProcessingTask(db, { progress: 40 })
  const change = { to: 'PROCESSING', progress: 50, overdue: false } as const
  expect(await moves.apply(task, change)).toMatchObject({ overdue: false, progress: 50 })
  expect(await moves.apply(task, change)).toBeUndefined()
})
