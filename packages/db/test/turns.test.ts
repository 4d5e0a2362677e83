import type { VideoId } from '@reelay/contracts/task'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLedger, type Ledger } from '../src/ledger.ts'
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

const at = (second: number) => new Date(1e12 + second * 1000)

describe('the place of a queued task', () => {
  test('is among its own user only', async () => {
    const [busy, other] = [await aUser(db), await aUser(db)]
    await db.execute(sql`
      insert into video_tasks (video_id, user_id, request_hash, prompt, queued_at)
      select 'video_1762400000000_' || lpad(n::text, 7, '0'), ${busy}, '', '',
        timestamptz 'epoch' + n * interval '1 second'
      from generate_series(1, 1000) n`)
    const { videoId: only } = await aTask(db, { userId: other })
    const named = (n: number) => `video_1762400000000_${String(n).padStart(7, '0')}` as VideoId
    expect(await tasks.queuePositions([named(1), named(500), named(1000), only])).toEqual(
      new Map([
        [named(1), 1],
        [named(500), 500],
        [named(1000), 1000],
        [only, 1],
      ]),
    )
  })

  test('comes with the insert of a task', async () => {
    const [busy, other] = [await aUser(db), await aUser(db)]
    await aTask(db, { userId: busy, status: 'COMPLETED' })
    const positions: (number | undefined)[] = []
    for (const userId of [busy, busy, other, busy]) {
      const { task, position } = await moves.insert({
        videoId: aVideoId(),
        userId,
        requestHash: '',
        prompt: '',
      })
      expect((await tasks.queuePositions([task.videoId])).get(task.videoId)).toBe(position)
      positions.push(position)
    }
    expect(positions).toEqual([1, 2, 1, 3])
  })

  test('counts only what waits before it', async () => {
    const userId = await aUser(db)
    for (const status of ['PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const) {
      await aTask(db, { userId, status, queuedAt: at(0) })
    }
    const { videoId: second } = await aTask(db, { userId, queuedAt: at(2) })
    const { videoId: first } = await aTask(db, { userId, queuedAt: at(1) })
    expect(await tasks.queuePositions([first, second])).toEqual(
      new Map([
        [first, 1],
        [second, 2],
      ]),
    )
  })

  test('goes by name among those queued at once', async () => {
    const userId = await aUser(db)
    const [one, two] = [
      await aTask(db, { userId, queuedAt: at(0) }),
      await aTask(db, { userId, queuedAt: at(0) }),
    ]
    const positions = await tasks.queuePositions([two.videoId, one.videoId])
    expect([positions.get(one.videoId), positions.get(two.videoId)]).toEqual([1, 2])
  })

  test('is the last one after a retry', async () => {
    const userId = await aUser(db)
    const { videoId } = await aTask(db, { userId, status: 'FAILED', queuedAt: at(0) })
    await aTask(db, { userId, queuedAt: at(1) })
    await createMoves(db).retry(userId, videoId, false)
    expect((await tasks.queuePositions([videoId])).get(videoId)).toBe(2)
  })

  test('is one for a task that waits no more', async () => {
    const { videoId } = await aTask(db, { status: 'PROCESSING' })
    expect((await tasks.queuePositions([videoId])).get(videoId)).toBe(1)
  })

  test('is asked of nobody and of what is not there', async () => {
    expect(await tasks.queuePositions([])).toEqual(new Map())
    expect(await tasks.queuePositions([aVideoId()])).toEqual(new Map())
  })
})

describe("a user's unfinished tasks", () => {
  test('are their own, oldest first', async () => {
    const userId = await aUser(db)
    const late = await aTask(db, { userId, queuedAt: at(3) })
    const early = await aTask(db, { userId, queuedAt: at(1) })
    const between = await aTask(db, { userId, status: 'PROCESSING', queuedAt: at(2) })
    for (const status of ['COMPLETED', 'FAILED', 'CANCELLED'] as const) await aTask(db, { userId, status })
    await aTask(db)
    expect(await tasks.unfinishedOf(userId, 10)).toEqual(
      [early, between, late].map(({ videoId, status }) => ({ videoId, status })),
    )
  })

  test('are no more than were asked for', async () => {
    const userId = await aUser(db)
    const [first] = await Promise.all([1, 2, 3].map((n) => aTask(db, { userId, queuedAt: at(n) })))
    expect(await tasks.unfinishedOf(userId, 1)).toEqual([{ videoId: first?.videoId, status: 'QUEUED' }])
    expect(await tasks.unfinishedOf(userId, 3)).toHaveLength(3)
    expect(await tasks.unfinishedOf(await aUser(db), 3)).toEqual([])
  })
})

describe('what earlier attempts left in the ledger', () => {
  test('comes newest first and without the present one', async () => {
    const task = await aTask(db, { attempt: 4 })
    for (const attempt of [2, 4, 1, 3]) await aSubmission(db, { ...task, attempt }, { outcome: 'refused' })
    await aSubmission(db, await aTask(db), { outcome: 'refused' })
    const earlier = await ledger.earlierSubmissions(task.videoId, 4)
    expect(earlier.map(({ attempt }) => attempt)).toEqual([3, 2, 1])
    expect(await ledger.earlierSubmissions(task.videoId, 1)).toEqual([])
  })

  test("says how old it is by the database's clock", async () => {
    const task = await aTask(db, { attempt: 2 })
    const startedAt = sql`clock_timestamp() - interval '90 seconds'` as never
    const row = await aSubmission(db, { ...task, attempt: 1 }, { outcome: 'unknown', startedAt })
    const [earlier] = await ledger.earlierSubmissions(task.videoId, 2)
    expect(earlier).toEqual({ ...row, ageMs: expect.any(Number), waitsMs: 0 })
    expect(earlier?.ageMs).toBeGreaterThanOrEqual(89_999)
    expect(earlier?.ageMs).toBeLessThan(900_000)
  })
})
