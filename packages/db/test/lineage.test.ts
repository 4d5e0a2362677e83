import type { VideoId } from '@reelay/contracts/task'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TaskRow, videoTasks } from '../src/schema.ts'
import { createTasks, type Tasks } from '../src/tasks.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { aTask, aUser, aVideoId } from './rows.ts'

let database: TestDatabase
let db: TestDatabase['db']
let tasks: Tasks
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  tasks = createTasks(db)
})
afterAll(() => database.drop())

describe('lineage', () => {
  test('leads from the root to the last remix', async () => {
    const userId = await aUser(db)
    const root = await aTask(db, { userId })
    const parent = await aRemix(root)
    const task = await aRemix(parent)
    const sibling = await aRemix(parent)
    const child = await aRemix(task)
    const grandchild = await aRemix(child)

    const lineage = await tasks.lineage(userId, task.videoId)
    expect(names(lineage.ancestors)).toEqual(names([root, parent]))
    expect(lineage.task).toEqual(task)
    expect(names(lineage.descendants)).toEqual(names([child, grandchild]))
    expect(lineage.truncated).toBe(false)

    const whole = await tasks.lineage(userId, root.videoId)
    expect(names(whole.descendants)).toEqual(names([parent, task, sibling, child, grandchild]))
  })

  test('of a task alone is the task', async () => {
    const task = await aTask(db)
    const alone = { ancestors: [], task, descendants: [], truncated: false }
    expect(await tasks.lineage(task.userId, task.videoId)).toEqual(alone)
  })

  test('of another user is not there', async () => {
    const task = await aTask(db)
    await aRemix(task)
    const lineage = await tasks.lineage(await aUser(db), task.videoId)
    expect(lineage).toMatchObject({ ancestors: [], task: undefined, descendants: [] })
  })

  test("hides other users' tasks and what lies behind them", async () => {
    const [userId, stranger] = [await aUser(db), await aUser(db)]
    const root = await aTask(db, { userId })
    const foreign = await aRemix(root, stranger)
    const task = await aRemix(foreign, userId)
    const foreignChild = await aRemix(task, stranger)
    await aRemix(foreignChild, userId)

    const lineage = await tasks.lineage(userId, task.videoId)
    expect(lineage).toMatchObject({ ancestors: [], task, descendants: [] })
  })

  test('goes up through a source that is gone no further', async () => {
    const task = await aTask(db, { metadata: { type: 'remix', remix_from: aVideoId() } })
    expect(await tasks.lineage(task.userId, task.videoId)).toMatchObject({ ancestors: [], task })
  })

  test('ends where tasks name each other as their source', async () => {
    const one = await aTask(db)
    const two = await aRemix(one)
    await db
      .update(videoTasks)
      .set({ metadata: { type: 'remix', remix_from: two.videoId } })
      .where(eq(videoTasks.videoId, one.videoId))
    const { truncated } = await tasks.lineage(one.userId, one.videoId)
    expect(truncated).toBe(true)
  })

  test('says so when there are too many remixes', async () => {
    const source = await aTask(db)
    await db.execute(sql`
      insert into video_tasks (video_id, user_id, request_hash, prompt, metadata)
      select 'video_1762400000000_' || lpad(n::text, 7, '0'), ${source.userId}, '', '',
        jsonb_build_object('type', 'remix', 'remix_from', ${source.videoId}::text)
      from generate_series(1, 1100) n`)
    const { descendants, truncated } = await tasks.lineage(source.userId, source.videoId)
    expect(descendants).toHaveLength(1000)
    expect(truncated).toBe(true)

    await db
      .delete(videoTasks)
      .where(sql`video_id > 'video_1762400000000_0001000' and video_id < 'video_17625'`)
    const all = await tasks.lineage(source.userId, source.videoId)
    expect(all.descendants).toHaveLength(1000)
    expect(all.truncated).toBe(false)
  })
})

function aRemix(source: TaskRow, userId = source.userId): Promise<TaskRow> {
  return aTask(db, { userId, metadata: { type: 'remix', remix_from: source.videoId } })
}

function names(rows: { videoId: VideoId }[]): string[] {
  return rows.map(({ videoId }) => videoId)
}
