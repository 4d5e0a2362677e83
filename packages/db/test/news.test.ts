import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Progress } from '../src/moves/news.ts'
import { createMoves, type Moves } from '../src/moves.ts'
import type { TaskRow, videoTasks } from '../src/schema.ts'
import { createTasks } from '../src/tasks.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { anExternalId, aProcessingTask, aTask, aUser, theTask } from './rows.ts'
import { inTransaction, statementsWait } from './transaction.ts'

let database: TestDatabase
let db: TestDatabase['db']
let moves: Moves
let userId: string
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  moves = createMoves(db)
  userId = await aUser(db)
})
afterAll(() => database.drop())

const at = (progress: number): Progress => ({ to: 'PROCESSING', progress })

describe('news of many tasks', () => {
  test('is one statement', async () => {
    const tasks = await someTasks(500)
    const moved = await moves.applyNews(tasks.map((task, n) => ({ ...task, change: at(1 + (n % 100)) })))
    expect(moved).toHaveLength(500)
    const rows = await Promise.all(tasks.map((task) => theTask(db, task)))
    expect(byName(moved)).toEqual(byName(rows))
    expect(rows.map(({ progress }) => progress)).toEqual(rows.map((_, n) => 1 + (n % 100)))
    for (const [n, { version }] of rows.entries()) expect(version).toBe((tasks[n]?.version ?? 0) + 1)
    const [writers] = await db.execute(sql`select count(distinct xmin::text)::int from video_tasks
      where video_id = any(${sql.param(tasks.map(({ videoId }) => videoId))}::text[])`)
    expect(writers).toEqual({ count: 1 })
  })

  test('moves those alone for which it is some', async () => {
    const [raised, repeated, lowered, late, told] = await someTasks(5, { progress: 40 })
    const moved = await moves.applyNews([
      { ...the(told), change: { ...at(40), size: '1280x720' } },
      { ...the(repeated), change: at(40) },
      { ...the(raised), change: at(41) },
      { ...the(late), change: { ...at(0), overdue: true } },
      { ...the(lowered), change: at(39) },
    ])
    expect(byName(moved)).toMatchObject([
      { videoId: raised?.videoId, progress: 41, overdue: false, version: 2 },
      { videoId: late?.videoId, progress: 40, overdue: true, version: 2 },
      { videoId: told?.videoId, progress: 40, size: '1280x720', version: 2 },
    ])
    for (const task of [the(repeated), the(lowered)]) expect(await theTask(db, task)).toEqual(task)
  })

  test('passes by those whose attempt, video or status is another', async () => {
    const [there, retried, remade] = await someTasks(3, { attempt: 2 })
    const acceptedAt = new Date()
    const ended = await Promise.all(
      (['QUEUED', 'COMPLETED', 'FAILED', 'CANCELLED'] as const).map((status) =>
        aTask(db, { userId, status, externalTaskId: anExternalId(), acceptedAt }),
      ),
    )
    const news = [
      ...ended.map((task) => ({ ...the(task), externalTaskId: task.externalTaskId ?? anExternalId() })),
      { ...the(retried), attempt: 1 },
      { ...the(remade), externalTaskId: the(there).externalTaskId },
      the(there),
    ]
    const moved = await moves.applyNews(news.map((task) => ({ ...task, change: at(70) })))
    expect(moved.map(({ videoId }) => videoId)).toEqual([there?.videoId])
    for (const task of [the(retried), the(remade), ...ended]) expect(await theTask(db, task)).toEqual(task)
  })

  test('of none is none', async () => {
    expect(await moves.applyNews([])).toEqual([])
  })

  test('has an event for each', async () => {
    const tasks = await someTasks(3)
    await moves.applyNews(tasks.map((task, n) => ({ ...task, change: { ...at(10 * n), overdue: n === 0 } })))
    const kinds = await Promise.all(
      tasks.map(async ({ videoId }) => (await createTasks(db).timeline(videoId)).events.at(-1)),
    )
    expect(kinds).toMatchObject([
      { what: 'overdue' },
      { what: 'progress', progress: 10 },
      { what: 'progress', progress: 20 },
    ])
  })

  test('waits for who holds one of them, and finds it as that left it', async () => {
    const [task, other] = await someTasks(2, { progress: 10 })
    const holder = await inTransaction(database)
    await holder.sql`update video_tasks set progress = 60, version = version + 1 where video_id = ${the(task).videoId}`
    const moved = moves.applyNews([the(task), the(other)].map((each) => ({ ...each, change: at(50) })))
    await statementsWait(database)
    await holder.commit()
    expect(await moved).toMatchObject([{ videoId: other?.videoId, progress: 50 }])
    expect(await theTask(db, the(task))).toMatchObject({ progress: 60, version: 2 })
  })

  test('is all written by workers that have it in any order', async () => {
    const tasks = await someTasks(200)
    const rounds = Array.from({ length: 20 }, (_, n) =>
      moves.applyNews((n % 2 ? tasks : tasks.toReversed()).map((task) => ({ ...task, change: at(n + 1) }))),
    )
    const moved = (await Promise.all(rounds)).flat()
    const rows = await Promise.all(tasks.map((task) => theTask(db, task)))
    expect(new Set(rows.map(({ progress }) => progress))).toEqual(new Set([20]))
    const versions = rows.reduce((sum, { version }) => sum + version - 1, 0)
    expect(versions).toBe(moved.length)
  })

  test('is not written at all where the table refuses one of it', async () => {
    const [good, bad] = await someTasks(2)
    const news = [
      { ...the(good), change: at(50) },
      { ...the(bad), change: at(101) },
    ]
    await expect(moves.applyNews(news)).rejects.toThrow()
    expect(await theTask(db, the(good))).toEqual(good)
  })
})

describe('what upstream tells of a video', () => {
  type Columns = Partial<Pick<TaskRow, 'model' | 'size' | 'seconds' | 'prompt'>>
  const own = { model: 'sora-2', size: '1280x720', seconds: '4' }
  const other = { model: 'sora-2-pro', size: '720x1280', seconds: '8' }
  const nothing = { model: null, size: null, seconds: null }

  test.each<[string, Columns, Columns, Columns & { asked?: object }]>([
    ['is kept where nothing was asked for', nothing, own, { ...own, asked: nothing }],
    ['leaves the model that was asked for its name', own, { ...other }, { ...other, model: own.model }],
    ['may be of its size alone', own, { size: other.size }, { ...own, size: other.size, asked: own }],
    ['may be of its length alone', own, { seconds: '8' }, { ...own, seconds: '8', asked: own }],
    ['gives an import its prompt', { prompt: '' }, { prompt: 'a kite' }, { prompt: 'a kite' }],
  ])('%s', async (_, before, told, after) => {
    const task = await aProcessingTask(db, { userId, progress: 40, ...before })
    const change = { ...at(0), ...(told as Partial<Progress>) }
    const expected = { progress: 40, version: 2, ...after }
    expect(await moves.applyNews([{ ...task, change }])).toMatchObject([expected])
    expect(await moves.applyNews([{ ...task, change }])).toEqual([])
    expect(await theTask(db, task)).toMatchObject(expected)
  })

  test.each<[string, Columns, Partial<Progress>]>([
    ['another model', own, { model: other.model }],
    ['what it was before', own, own],
    ['another prompt', { prompt: 'a paper boat' }, { prompt: 'a kite' }],
    ['nothing', own, { model: undefined, size: undefined, seconds: undefined, prompt: undefined }],
  ])('is no news where that is %s', async (_, before, told) => {
    const task = await aProcessingTask(db, { userId, ...before })
    expect(await moves.applyNews([{ ...task, change: { ...at(0), ...told } }])).toEqual([])
    expect(await theTask(db, task)).toEqual(task)
  })

  test('leaves the rest as it is where only the progress is news', async () => {
    const task = await aProcessingTask(db, { userId, ...own, asked: other, overdue: true })
    const { updatedAt: _, ...expected } = { ...task, progress: 50, version: 2 }
    expect(await moves.applyNews([{ ...task, change: at(50) }])).toMatchObject([expected])
  })

  test('keeps what was asked for at first', async () => {
    const task = await aProcessingTask(db, { userId, ...own })
    await moves.applyNews([{ ...task, change: { ...at(0), size: '720x1280' } }])
    await moves.applyNews([{ ...task, change: { ...at(0), size: '1080x1080', seconds: '12' } }])
    expect(await theTask(db, task)).toMatchObject({ size: '1080x1080', seconds: '12', asked: own })
  })

  test('belongs to its task alone', async () => {
    const [one, two, three] = await someTasks(3, nothing)
    const moved = await moves.applyNews([
      { ...the(one), change: { ...at(1), ...own } },
      { ...the(two), change: at(2) },
      { ...the(three), change: { ...at(3), seconds: '8', overdue: true } },
    ])
    expect(byName(moved)).toMatchObject([
      { progress: 1, overdue: false, ...own, asked: nothing },
      { progress: 2, overdue: false, ...nothing, asked: null },
      { progress: 3, overdue: true, ...nothing, seconds: '8', asked: nothing },
    ])
  })

  test.each(['"quoted"', "it's", 'back\\slash', '{"a": [1]}', '$1 %s', '船 🛶', 'a\nb\tc'])(
    'may be %j',
    async (model) => {
      const task = await aProcessingTask(db, { userId, prompt: '' })
      const change = { ...at(0), model, prompt: model }
      expect(await moves.applyNews([{ ...task, change }])).toMatchObject([{ model, prompt: model }])
    },
  )
})

function someTasks(count: number, columns: Partial<typeof videoTasks.$inferInsert> = {}) {
  return Promise.all(Array.from({ length: count }, () => aProcessingTask(db, { userId, ...columns })))
}

function the<T>(task: T | undefined): T {
  if (!task) throw new Error('no such task')
  return task
}

function byName(rows: readonly TaskRow[]): TaskRow[] {
  return rows.toSorted((a, b) => (a.videoId < b.videoId ? -1 : 1))
}
