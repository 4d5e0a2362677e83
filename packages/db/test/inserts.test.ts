import { randomUUID } from 'node:crypto'
import { ListQuery } from '@reelay/contracts/task-requests'
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sqlState } from '../src/errors.ts'
import { createLedger, type Ledger } from '../src/ledger.ts'
import type { NewTaskRow } from '../src/moves/insert-together.ts'
import type { Inserted } from '../src/moves/inserts.ts'
import { createMoves, type Moves } from '../src/moves.ts'
import { createTasks, type Tasks } from '../src/tasks.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { aSubmission, aTask, aUser, aVideoId } from './rows.ts'

let database: TestDatabase
let db: TestDatabase['db']
let tasks: Tasks
let moves: Moves
let ledger: Ledger
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  tasks = createTasks(db)
  moves = createMoves(db)
  ledger = createLedger(db)
})
afterAll(() => database.drop())

describe('a new task', () => {
  test('is queued as its first attempt and version', async () => {
    const userId = await aUser(db)
    const metadata = { type: 'remix', scene: [1, { deep: '任务' }] } as NewTaskRow['metadata']
    const wanted = aNewTask(userId, { model: 'sora-2', size: '720x1280', seconds: '4', metadata })
    const { task, created } = await moves.insert(wanted)
    expect(created).toBe(true)
    const row = await tasks.find(task.videoId)
    expect(row).toMatchObject({ ...wanted, ...task, status: 'QUEUED', attempt: 1, version: 1, progress: 0 })
  })

  test('is one of twenty with the same request id', async () => {
    const userId = await aUser(db)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => moves.insert(aNewTask(userId, { clientRequestId: 'key' }))),
    )
    expect(answers.filter(({ created }) => created)).toHaveLength(1)
    expect(new Set(answers.map(({ task }) => task.videoId)).size).toBe(1)
    expect((await tasks.list(userId, ListQuery.parse({}), undefined)).total).toBe(1)
  })

  test('waits for no other that comes at the same time, whatever becomes of that', async () => {
    const userId = await aUser(db)
    const answers = await Promise.allSettled([
      moves.insert(aNewTask(userId, { clientRequestId: 'one' })),
      moves.insert(aNewTask(randomUUID())),
      moves.insert(aNewTask(userId, { clientRequestId: 'one' })),
      moves.insert(aNewTask(userId)),
    ])
    const [first, ofNobody, twin, second] = answers.map((answer) =>
      answer.status === 'fulfilled' ? answer.value : sqlState(answer.reason),
    )
    expect(ofNobody).toBe('23503')
    expect(second).toMatchObject({ created: true })
    const twins = [first, twin] as [Inserted, Inserted]
    expect(twins.map(({ created }) => created).sort()).toEqual([false, true])
    expect(twins[0].task.videoId).toBe(twins[1].task.videoId)
  })

  test('has a place after all that come with it', async () => {
    const [busy, other] = [await aUser(db), await aUser(db)]
    await aTask(db, { userId: busy })
    const answers = await Promise.all(
      [busy, other, busy, busy].map((userId) => moves.insert(aNewTask(userId))),
    )
    expect(answers.map(({ position }) => position)).toEqual([2, 1, 3, 4])
  })

  test('goes in the order of keys with what comes together, so that no two statements wait for each other', async () => {
    const userId = await aUser(db)
    const other = postgres(database.url, { max: 1 })
    const insert = (tx: postgres.TransactionSql, key: string) => tx`
      insert into video_tasks (video_id, user_id, client_request_id, request_hash, prompt)
      values (${aVideoId()}, ${userId}, ${key}, '', '')`
    let inserts: Promise<Inserted[]> | undefined
    await other.begin(async (tx) => {
      await insert(tx, 'a')
      inserts = Promise.all(
        ['b', 'a'].map((clientRequestId) => moves.insert(aNewTask(userId, { clientRequestId }))),
      )
      await expect.poll(() => waitingForLocks()).toBe(1)
      await insert(tx, 'b')
    })
    expect(await inserts).toMatchObject([{ created: false }, { created: false }])
    await other.end()

    async function waitingForLocks() {
      const [row] = await db.execute<{ count: number }>(sql`
        select count(*)::int from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`)
      return row?.count
    }
  })

  test('without a request id is always another one', async () => {
    const userId = await aUser(db)
    const answers = await Promise.all([1, 2, 3].map(() => moves.insert(aNewTask(userId))))
    expect(answers.map(({ created }) => created)).toEqual([true, true, true])
  })

  test('may have the request id of another user', async () => {
    const clientRequestId = randomUUID()
    const first = await moves.insert(aNewTask(await aUser(db), { clientRequestId }))
    const second = await moves.insert(aNewTask(await aUser(db), { clientRequestId }))
    expect(second.created).toBe(true)
    expect(second.task.videoId).not.toBe(first.task.videoId)
  })

  test('is found by its owner only', async () => {
    const task = await aTask(db)
    expect(await tasks.findOwn(task.userId, task.videoId)).toEqual(task)
    expect(await tasks.findOwn(await aUser(db), task.videoId)).toBeUndefined()
    const stranger = await aUser(db)
    const sources = await Promise.all(
      [task.userId, stranger].map((user) => tasks.findSource(user, task.videoId)),
    )
    expect(sources).toEqual([expect.objectContaining({ videoId: task.videoId }), undefined])
  })

  test('has a submission for each attempt that began', async () => {
    const task = await aTask(db, { attempt: 2 })
    const row = await aSubmission(db, task)
    expect(await ledger.findSubmission(task.videoId, 2)).toEqual({
      ...row,
      ageMs: expect.any(Number),
      waitsMs: 0,
    })
    expect(await ledger.findSubmission(task.videoId, 1)).toBeUndefined()
  })
})

function aNewTask(userId: string, more: Partial<NewTaskRow> = {}): NewTaskRow {
  return { videoId: aVideoId(), userId, requestHash: 'hash', prompt: 'a paper boat', ...more }
}
