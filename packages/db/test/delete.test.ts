import { taskStatuses } from '@reelay/contracts/lifecycle'
import { ListQuery } from '@reelay/contracts/task-requests'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLedger } from '../src/ledger.ts'
import { createMoves, type Moves } from '../src/moves.ts'
import { type StoredClip, type TaskRow, videoTasks } from '../src/schema.ts'
import { createTasks, type Tasks } from '../src/tasks.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { anExternalId, anyNumber, aRun, aTask, aUser, aVideoId, theLedger, theTask } from './rows.ts'
import { inTransaction, statementsWait } from './transaction.ts'

let database: TestDatabase
let db: TestDatabase['db']
let moves: Moves
let tasks: Tasks
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  moves = createMoves(db)
  tasks = createTasks(db)
})
afterAll(() => database.drop())

const clip: StoredClip = { key: 'clips/a/a', bytes: 1, sha256: 'a', type: 'video/mp4' }
const ended = ['COMPLETED', 'FAILED', 'CANCELLED'] as const

test.each(taskStatuses.map((status) => [status, ended.some((each) => each === status)] as const))(
  'a task that is %s is deleted: %s',
  async (status, isDeleted) => {
    const task = await aTask(db, { status })
    const deleted = await moves.delete(task.userId, task.videoId)
    if (isDeleted)
      expect(deleted).toMatchObject({ status, deletedAt: expect.any(Date), version: task.version + 1 })
    else expect(deleted).toBeUndefined()
    expect(await theTask(db, task)).toEqual(deleted ?? task)
  },
)

test.each([
  ['done', 'removed'],
  ['pending', 'removed'],
  ['lost', 'removed'],
  [null, null],
] as const)('a clip that is %s is then %s', async (archive, then) => {
  const task = await aTask(db, { status: 'COMPLETED', archive, clip: archive === 'done' ? clip : null })
  expect(await remove(task)).toMatchObject({ archive: then, clip: null })
})

test('another user deletes nothing', async () => {
  const task = await aTask(db, { status: 'FAILED' })
  expect(await moves.delete(await aUser(db), task.videoId)).toBeUndefined()
  expect(await theTask(db, task)).toEqual(task)
})

test('no move and no clip is left to a deleted task', async () => {
  for (const status of ended) {
    const task = await aTask(db, { status, ...(status === 'COMPLETED' && { archive: 'pending' }) })
    const deleted = await remove(task)
    const { userId, videoId } = task
    expect(await moves.delete(userId, videoId)).toBeUndefined()
    expect(await moves.retry(userId, videoId, true)).toBeUndefined()
    expect(await moves.cancel(userId, videoId)).toBeUndefined()
    expect(await moves.noteClip(videoId, clip)).toBeUndefined()
    expect(await moves.noteClipLost(videoId)).toBeUndefined()
    expect(await moves.removeClip(videoId)).toBeUndefined()
    expect(await theTask(db, task)).toEqual(deleted)
  }
})

test('a process that knows of no deletion can not bring one back to life', async () => {
  const task = await aTask(db, { status: 'FAILED' })
  await remove(task)
  const revived = db.update(videoTasks).set({ status: 'QUEUED' }).where(eq(videoTasks.videoId, task.videoId))
  await expect(revived).rejects.toThrow()
})

describe('at the same moment', () => {
  test('of several deletions one counts', async () => {
    const task = await aTask(db, { status: 'COMPLETED' })
    const answers = await atOnce(
      task,
      Array.from({ length: 5 }, () => () => moves.delete(task.userId, task.videoId)),
    )
    expect(answers.filter(Boolean)).toHaveLength(1)
    expect(await theTask(db, task)).toMatchObject({ version: task.version + 1 })
  })

  test.each([
    ['a retry', 'FAILED', ({ userId, videoId }: TaskRow) => moves.retry(userId, videoId, false)],
    ['a noted clip', 'COMPLETED', ({ videoId }: TaskRow) => moves.noteClip(videoId, clip)],
  ] as const)('either %s or the deletion is first', async (_, status, other) => {
    for (const isFirst of [true, false]) {
      const task = await aTask(db, { status, ...(status === 'COMPLETED' && { archive: 'pending' }) })
      const both = [() => remove(task), () => other(task)]
      await atOnce(task, isFirst ? both : both.toReversed())
      const row = await theTask(db, task)
      if (row.deletedAt) expect(row).toMatchObject({ status, clip: null })
      else expect(row).toMatchObject({ status: 'QUEUED', attempt: 2 })
    }
  })

  /** They wait for the row in this order. */
  async function atOnce(
    { videoId }: TaskRow,
    changes: (() => Promise<TaskRow | undefined>)[],
  ): Promise<(TaskRow | undefined)[]> {
    const other = await inTransaction(database)
    await other.sql`select from video_tasks where video_id = ${videoId} for update`
    const answers: Promise<TaskRow | undefined>[] = []
    for (const change of changes) {
      answers.push(change())
      await statementsWait(database, answers.length)
    }
    await other.commit()
    return Promise.all(answers)
  }
})

describe('a deleted task', () => {
  test('is shown nowhere', async () => {
    const userId = await aUser(db)
    const task = await aTask(db, { userId, status: 'COMPLETED', clientRequestId: 'key' })
    const kept = await aTask(db, { userId, status: 'COMPLETED', clientRequestId: 'another' })
    await remove(task)
    const { videoId } = task
    expect(await tasks.findOwn(userId, videoId)).toBeUndefined()
    expect(await tasks.findSource(userId, videoId)).toBeUndefined()
    expect(await tasks.findByRequestIds(userId, ['key', 'another'])).toEqual([kept])
    expect((await tasks.lineage(userId, videoId)).task).toBeUndefined()
    expect(await tasks.snapshot(userId, [undefined])).toEqual([kept])
    for (const endedOnly of [true, false])
      expect(await tasks.changedLately([userId], 60_000, endedOnly)).toEqual([kept])
    expect(await tasks.storedFilesOf([videoId])).toEqual([])
    for (const orderBy of ['createdAt', 'updatedAt', 'completedAt'] as const)
      for (const status of [undefined, 'COMPLETED']) {
        const query = ListQuery.parse({ orderBy, status })
        expect(await tasks.list(userId, query, undefined)).toMatchObject({ tasks: [kept], total: 1 })
        const all = await tasks.list(undefined, query, undefined)
        expect(all.tasks.map((row) => row.videoId)).not.toContain(videoId)
      }
  })

  test('is still there for who works with it, with all that was paid', async () => {
    const task = await aTask(db)
    const ledger = createLedger(db)
    await ledger.beginSubmission(task, aRun(), anyNumber)
    await ledger.accept(task, anExternalId())
    await moves.cancel(task.userId, task.videoId)
    const deleted = await remove(task)
    expect(await tasks.find(task.videoId)).toEqual(deleted)
    expect(await theLedger(db, task)).toMatchObject([{ outcome: 'accepted' }])
  })

  test('keeps its key and is what a re-send stands for', async () => {
    const userId = await aUser(db)
    const request = { userId, requestHash: 'the same', prompt: 'a paper boat' }
    const withKey = await aTask(db, { ...request, status: 'FAILED', clientRequestId: 'key' })
    const without = await aTask(db, { ...request, status: 'FAILED' })
    const deleted = [await remove(withKey), await remove(without)]
    const again = { ...request, videoId: aVideoId(), clientRequestId: 'key' }
    expect(await moves.insert(again)).toEqual({ task: deleted[0], created: false })
    expect(await tasks.findRequest(again, false)).toEqual(deleted[0])
    expect(await moves.insertOnce({ ...again, clientRequestId: null }, true)).toEqual({
      task: deleted[1],
      created: false,
    })
  })
})

async function remove({ userId, videoId }: TaskRow): Promise<TaskRow | undefined> {
  return moves.delete(userId, videoId)
}
