import { type MayBecome, mayMove, type TaskStatus, taskStatuses } from '@reelay/contracts/lifecycle'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { move } from '../src/moves/move.ts'
import { videoTasks } from '../src/schema.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { anExternalId, aTask, theTask } from './rows.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const pairs = taskStatuses.flatMap((from) => taskStatuses.map((to) => [from, to] as const))

test.each(pairs.filter(([from, to]) => mayMove(from, to)))('a %s task moves to %s', async (from, to) => {
  const task = await aTask(database.db, { status: from })
  const moved = await moveTo(task, from, to)
  expect(moved).toMatchObject({ status: to, version: task.version + 1 })
  expect(await theTask(database.db, task)).toEqual(moved)
})

test.each(pairs.filter(([from, to]) => !mayMove(from, to)))('no %s task moves to %s', async (from, to) => {
  const task = await aTask(database.db, { status: from })
  await expect(moveTo(task, from, to)).rejects.toThrow(`no task moves from ${from} to ${to}`)
  expect(await theTask(database.db, task)).toEqual(task)
})

test('a task that has another status by now stays as it is', async () => {
  const task = await aTask(database.db, { status: 'COMPLETED' })
  expect(await moveTo(task, 'QUEUED', 'CANCELLED')).toBeUndefined()
  expect(await theTask(database.db, task)).toEqual(task)
})

test('a move that lifecycle.ts does not know is a type error', async () => {
  const guard = eq(videoTasks.videoId, 'none' as never)
  // @ts-expect-error nothing leaves COMPLETED
  const moved = move(database.db, { from: ['COMPLETED'], to: 'QUEUED', guard })
  await expect(moved).rejects.toThrow('no task moves from COMPLETED to QUEUED')
})

function moveTo({ videoId }: typeof videoTasks.$inferSelect, from: TaskStatus, to: TaskStatus) {
  return move(database.db, {
    from: [from as MayBecome<TaskStatus>],
    to,
    guard: eq(videoTasks.videoId, videoId),
    set: to === 'PROCESSING' ? { externalTaskId: anExternalId(), acceptedAt: new Date() } : {},
  })
}
