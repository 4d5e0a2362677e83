import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NewTaskRow } from '../src/moves/insert-together.ts'
import { createMoves, type Moves } from '../src/moves.ts'
import { createTasks, type Tasks } from '../src/tasks.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { aTask, aUser, aVideoId, theTask } from './rows.ts'
import { inTransaction, statementsWait } from './transaction.ts'

let database: TestDatabase
let db: TestDatabase['db']
let tasks: Tasks
let moves: Moves
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  tasks = createTasks(db)
  moves = createMoves(db)
})
afterAll(() => database.drop())

const minutesAgo = (minutes: number) => sql`clock_timestamp() - ${minutes} * interval '1 minute'`

describe('a request without a key', () => {
  test('is inserted with all that it says', async () => {
    const metadata = { type: 'remix', remix_from: aVideoId(), own: [1, { deep: '任务' }] } as const
    const wanted = await aRequest({
      model: 'sora-2',
      size: '720x1280',
      seconds: '4',
      metadata: { ...metadata },
    })
    const { task, created } = await moves.insertOnce(wanted, false)
    expect(created).toBe(true)
    expect(task).toMatchObject({ ...wanted, status: 'QUEUED', attempt: 1, version: 1, clientRequestId: null })
    expect(await theTask(db, task)).toEqual(task)
  })

  test('may say no more than its prompt', async () => {
    const { task } = await moves.insertOnce(await aRequest(), false)
    expect(task).toMatchObject({ model: null, size: null, seconds: null, metadata: {} })
  })

  test('is another task each time it is sent first', async () => {
    const request = await aRequest()
    const answers = await Promise.all([1, 2, 3].map(() => moves.insertOnce(like(request), false)))
    expect(answers.map(({ created }) => created)).toEqual([true, true, true])
  })

  test('is the same task when its insert is repeated', async () => {
    const request = await aRequest()
    const first = await moves.insertOnce(request, false)
    expect(await moves.insertOnce(request, false)).toEqual(first)
  })
})

describe('a re-send', () => {
  test('is answered with the task of the first', async () => {
    const request = await aRequest()
    const { task } = await moves.insertOnce(request, false)
    expect(await moves.insertOnce(like(request), true)).toEqual({ task, created: false })
  })

  test('is a task itself when there was no first', async () => {
    const request = await aRequest()
    const { task, created } = await moves.insertOnce(request, true)
    expect([task.videoId, created]).toEqual([request.videoId, true])
  })

  test('is answered with the newest of those like it', async () => {
    const request = await aRequest()
    await aTask(db, { ...like(request), createdAt: minutesAgo(3) as never })
    const newest = await aTask(db, { ...like(request), createdAt: minutesAgo(1) as never })
    const { task } = await moves.insertOnce(like(request), true)
    expect(task.videoId).toBe(newest.videoId)
    expect((await tasks.findRequest(like(request), true))?.videoId).toBe(newest.videoId)
  })

  test('is answered with a task that has ended, too', async () => {
    const request = await aRequest()
    const ended = await aTask(db, { ...request, status: 'FAILED' })
    expect(await moves.insertOnce(like(request), true)).toEqual({ task: ended, created: false })
  })

  test('waits for a first that is being inserted', async () => {
    const request = await aRequest()
    const first = await inTransaction(database)
    await first.sql`select insert_task_once(${request.videoId}, ${request.userId}, ${request.requestHash},
      ${request.prompt}, null, null, null, '{}', false)`
    const resent = moves.insertOnce(like(request), true)
    await statementsWait(database)
    await first.commit()
    expect(await resent).toMatchObject({ task: { videoId: request.videoId }, created: false })
  })

  test('twenty times at once is one task', async () => {
    const request = await aRequest()
    const answers = await Promise.all(Array.from({ length: 20 }, () => moves.insertOnce(like(request), true)))
    expect(answers.filter(({ created }) => created)).toHaveLength(1)
    expect(new Set(answers.map(({ task }) => task.videoId)).size).toBe(1)
  })

  test('twenty times beside the first is one task', async () => {
    for (let round = 0; round < 5; round += 1) {
      const request = await aRequest()
      const answers = await Promise.all(
        Array.from({ length: 21 }, (_, n) => moves.insertOnce(like(request), n > 0)),
      )
      expect(answers.filter(({ created }) => created)).toHaveLength(1)
      expect(new Set(answers.map(({ task }) => task.videoId)).size).toBe(1)
    }
  })

  test('that overtakes its first is one task with it', async () => {
    const request = await aRequest()
    const holder = await inTransaction(database)
    await holder.sql`select pg_advisory_xact_lock(hashtextextended(${request.userId + request.requestHash}, 0))`
    const resent = moves.insertOnce(like(request), true)
    await statementsWait(database)
    const first = moves.insertOnce(request, false)
    await statementsWait(database, 2)
    await holder.commit()
    expect((await first).task.videoId).toBe((await resent).task.videoId)
  })

  test('stands for one first send and not for two', async () => {
    const request = await aRequest()
    const { task } = await moves.insertOnce(like(request), true)
    const late = like(request)
    const answers = [await moves.insertOnce(late, false), await moves.insertOnce(late, false)]
    expect(answers.map((answer) => answer.task.videoId)).toEqual([task.videoId, task.videoId])
    expect((await moves.insertOnce(like(request), false)).created).toBe(true)
  })
})

describe('a request has nothing to do with', () => {
  test.each<[string, (request: NewTaskRow) => Promise<Partial<Parameters<typeof aTask>[1]>>]>([
    ['the same of another user', async () => ({ userId: await aUser(db) })],
    ['another of its user', async () => ({ requestHash: 'another' })],
    ['one that had a key', async () => ({ clientRequestId: 'key' })],
    ['one of more than five minutes ago', async () => ({ createdAt: minutesAgo(5.1) as never })],
  ])('%s', async (_, different) => {
    const request = await aRequest()
    const other = await aTask(db, { ...like(request), ...(await different(request)) })
    expect(await tasks.findRequest(request, true)).toBeUndefined()
    const { task, created } = await moves.insertOnce(request, true)
    expect(created).toBe(true)
    expect(task.videoId).not.toBe(other.videoId)
  })
})

describe('an earlier request is found', () => {
  test('when it is re-sent at most five minutes later', async () => {
    const request = await aRequest()
    const task = await aTask(db, { ...request, createdAt: minutesAgo(4.9) as never })
    expect(await tasks.findRequest(like(request), true)).toEqual(task)
    expect(await tasks.findRequest(like(request), false)).toBeUndefined()
  })

  test('by its key, however old and whatever it asked', async () => {
    const request = await aRequest({ clientRequestId: 'key' })
    const task = await aTask(db, { ...request, createdAt: minutesAgo(10_000) as never })
    for (const resent of [true, false]) {
      expect(await tasks.findRequest({ ...like(request), requestHash: 'another' }, resent)).toEqual(task)
    }
  })

  test("not by another user's key or another key", async () => {
    const request = await aRequest({ clientRequestId: 'key' })
    await aTask(db, request)
    const stranger = await aUser(db)
    expect(await tasks.findRequest({ ...like(request), userId: stranger }, true)).toBeUndefined()
    expect(await tasks.findRequest({ ...like(request), clientRequestId: 'other' }, true)).toBeUndefined()
  })
})

async function aRequest(more: Partial<NewTaskRow> = {}): Promise<NewTaskRow> {
  return {
    videoId: aVideoId(),
    userId: await aUser(db),
    requestHash: 'hash',
    prompt: 'a paper boat',
    ...more,
  }
}

/** The same request, once more. */
function like(request: NewTaskRow): NewTaskRow {
  return { ...request, videoId: aVideoId() }
}
