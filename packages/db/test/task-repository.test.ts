import { randomUUID } from 'node:crypto'
import { ListQuery, type VideoId } from '@reelay/contracts/task'
import { eq, sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sqlState } from '../src/errors.ts'
import { createLedger, type Ledger } from '../src/ledger.ts'
import type { NewTaskRow } from '../src/moves/insert-together.ts'
import type { Inserted } from '../src/moves/inserts.ts'
import { createMoves, type Moves } from '../src/moves.ts'
import { type TaskRow, videoTasks } from '../src/schema.ts'
import type { Cursor } from '../src/task-list.ts'
import { createTasks, type Tasks } from '../src/tasks.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { anExternalId, aSubmission, aTask, aUser, aVideoId } from './rows.ts'

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

describe('a list', () => {
  let userId: string
  let all: TaskRow[]
  beforeAll(async () => {
    userId = await aUser(db)
    // Equal instants and missing ends: the name decides between them.
    all = await Promise.all(
      Array.from({ length: 23 }, (_, n) =>
        aTask(db, {
          userId,
          status: n % 3 === 0 ? 'COMPLETED' : 'FAILED',
          clientRequestId: `key-${n}`,
          createdAt: new Date(1e12 + Math.floor(n / 4) * 1000),
          updatedAt: new Date(2e12 - Math.floor(n / 5)),
          completedAt: n % 2 === 0 ? null : new Date(1.5e12 + (n % 4)),
        }),
      ),
    )
  })

  const orders = (['createdAt', 'updatedAt', 'completedAt'] as const).flatMap((orderBy) =>
    (['asc', 'desc'] as const).map((order) => ({ orderBy, order })),
  )

  test.each(orders)('by $orderBy $order gives every task once by page', async (order) => {
    const seen: TaskRow[] = []
    for (const page of ['1', '2', '3', '4']) {
      const query = ListQuery.parse({ ...order, page, pageSize: '7' })
      const { tasks: found, total, next } = await tasks.list(userId, query, undefined)
      expect(total).toBe(23)
      expect(next === undefined).toBe(page === '4')
      seen.push(...found)
    }
    expect(seen).toEqual(sorted(all, order))
  })

  test.each(orders)('by $orderBy $order gives every task once by cursor', async (order) => {
    const query = ListQuery.parse({ ...order, pageSize: '5' })
    const seen: TaskRow[] = []
    let after: Cursor | undefined
    do {
      const { tasks: found, total, next } = await tasks.list(userId, query, after)
      expect(total).toBe(23)
      seen.push(...found)
      after = next
    } while (after)
    expect(seen).toEqual(sorted(all, order))
  })

  test('by cursor misses nothing when tasks are added', async () => {
    const someone = await aUser(db)
    const first = await Promise.all([1, 2, 3, 4].map(() => aTask(db, { userId: someone })))
    const query = ListQuery.parse({ order: 'desc', pageSize: '2' })
    const { tasks: newest, next } = await tasks.list(someone, query, undefined)
    await aTask(db, { userId: someone })
    const { tasks: older } = await tasks.list(someone, query, next)
    expect(names([...newest, ...older]).sort()).toEqual(names(first).sort())
  })

  test('ends without a cursor when the last page is full', async () => {
    const { tasks: found, next } = await tasks.list(userId, ListQuery.parse({ pageSize: '23' }), undefined)
    expect(found).toHaveLength(23)
    expect(next).toBeUndefined()
  })

  test('is empty beyond its last page, but knows its total', async () => {
    const beyond = ListQuery.parse({ page: '9', pageSize: '100' })
    expect(await tasks.list(userId, beyond, undefined)).toEqual({ tasks: [], total: 23, next: undefined })
  })

  test('holds only tasks of the status that is asked for', async () => {
    const { tasks: found, total } = await tasks.list(
      userId,
      ListQuery.parse({ status: 'completed' }),
      undefined,
    )
    expect(total).toBe(8)
    expect(new Set(found.map(({ status }) => status))).toEqual(new Set(['COMPLETED']))
  })

  test('holds only the task with the request id that is asked for', async () => {
    const query = ListQuery.parse({ clientRequestId: 'key-7' })
    expect((await tasks.list(userId, query, undefined)).tasks).toEqual([all[7]])
  })

  test('holds no task of another user', async () => {
    await aTask(db)
    expect((await tasks.list(userId, ListQuery.parse({}), undefined)).total).toBe(23)
    expect((await tasks.list(await aUser(db), ListQuery.parse({}), undefined)).total).toBe(0)
  })

  test("holds everybody's tasks for an admin", async () => {
    const stranger = await aTask(db)
    const { tasks: found } = await tasks.list(undefined, ListQuery.parse({ pageSize: '1' }), undefined)
    expect(found).toEqual([stranger])
  })
})

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
      from generate_series(1, 600) n`)
    const { descendants, truncated } = await tasks.lineage(source.userId, source.videoId)
    expect(descendants).toHaveLength(500)
    expect(truncated).toBe(true)

    await db
      .delete(videoTasks)
      .where(sql`video_id > 'video_1762400000000_0000500' and video_id < 'video_17625'`)
    const all = await tasks.lineage(source.userId, source.videoId)
    expect(all.descendants).toHaveLength(500)
    expect(all.truncated).toBe(false)
  })
})

describe('what listeners need', () => {
  const long = new Date(Date.now() - 3_600_000)
  const lately = new Date(Date.now() - 60_000)
  const minutes = 60_000

  test('is what goes on and what ended since', async () => {
    const userId = await aUser(db)
    const ended = await aTask(db, { userId, status: 'FAILED', completedAt: lately, updatedAt: lately })
    const queued = await aTask(db, { userId, updatedAt: long })
    const processing = await aTask(db, { userId, status: 'PROCESSING' })
    await aTask(db, { userId, status: 'COMPLETED', completedAt: long, updatedAt: long })
    await aTask(db, { status: 'PROCESSING' })

    const snapshot = await tasks.snapshot(userId, [new Date(Date.now() - 2 * minutes)])
    expect(names(snapshot ?? [])).toEqual(names([queued, ended, processing]))
  })

  test('is what changed lately, or only what ended', async () => {
    const [userId, other, stranger] = [await aUser(db), await aUser(db), await aUser(db)]
    const ended = await aTask(db, { userId, status: 'CANCELLED', completedAt: lately, updatedAt: lately })
    const moved = await aTask(db, { userId: other, status: 'PROCESSING' })
    await aTask(db, { userId, status: 'PROCESSING', updatedAt: long })
    await aTask(db, { userId, status: 'COMPLETED', completedAt: long, updatedAt: long })
    await aTask(db, { userId: stranger, status: 'PROCESSING' })

    const asked = [userId, other]
    expect(names(await tasks.changedLately(asked, 2 * minutes, false))).toEqual(names([ended, moved]))
    expect(names(await tasks.changedLately(asked, 2 * minutes, true))).toEqual(names([ended]))
    expect(await tasks.changedLately([], 2 * minutes, false)).toEqual([])
  })
})

describe('what somebody should be working on', () => {
  test('is unfinished, or has an open submission', async () => {
    const start = aVideoId()
    const queued = await aTask(db)
    const processing = await aTask(db, { status: 'PROCESSING' })
    const doubtful = await aTask(db, { attempt: 2 })
    await aSubmission(db, doubtful, { outcome: 'in_doubt' })
    const cancelled = await aTask(db, { status: 'CANCELLED', attempt: 3 })
    await aSubmission(db, { ...cancelled, attempt: 2 })
    const done = await aTask(db, { status: 'COMPLETED' })
    await aSubmission(db, done, { outcome: 'accepted', externalId: anExternalId() })
    await aTask(db, { status: 'FAILED' })

    const found = await tasks.unfinished(start, 100)
    expect(found).toEqual([
      { videoId: queued.videoId, attempt: 1, status: 'QUEUED', openAttempt: null },
      { videoId: processing.videoId, attempt: 1, status: 'PROCESSING', openAttempt: null },
      { videoId: doubtful.videoId, attempt: 2, status: 'QUEUED', openAttempt: 2 },
      { videoId: cancelled.videoId, attempt: 3, status: 'CANCELLED', openAttempt: 2 },
    ])
  })

  test('comes in pages that overlap nowhere', async () => {
    let after: string = aVideoId()
    const made = await Promise.all(Array.from({ length: 11 }, () => aTask(db)))
    const seen: string[] = []
    for (;;) {
      const page = await tasks.unfinished(after, 4)
      if (page.length === 0) break
      seen.push(...page.map(({ videoId }) => videoId))
      after = seen.at(-1) ?? after
    }
    expect(seen).toEqual(names(made).sort())
  })
})

function aNewTask(userId: string, more: Partial<NewTaskRow> = {}): NewTaskRow {
  return { videoId: aVideoId(), userId, requestHash: 'hash', prompt: 'a paper boat', ...more }
}

function aRemix(source: TaskRow, userId = source.userId): Promise<TaskRow> {
  return aTask(db, { userId, metadata: { type: 'remix', remix_from: source.videoId } })
}

function names(rows: { videoId: VideoId }[]): string[] {
  return rows.map(({ videoId }) => videoId)
}

/** What the database should answer: by instant, a missing one first, then by name. */
function sorted(
  rows: TaskRow[],
  { orderBy, order }: { orderBy: ListQuery['orderBy']; order: 'asc' | 'desc' },
) {
  const ascending = rows.toSorted(
    (a, b) => (a[orderBy]?.getTime() ?? 0) - (b[orderBy]?.getTime() ?? 0) || (a.videoId < b.videoId ? -1 : 1),
  )
  return order === 'asc' ? ascending : ascending.reverse()
}
