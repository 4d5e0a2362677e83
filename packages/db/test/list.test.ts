import type { VideoId } from '@reelay/contracts/task'
import { ListQuery } from '@reelay/contracts/task-requests'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TaskRow } from '../src/schema.ts'
import type { Cursor } from '../src/tasks/list.ts'
import { createTasks, type Tasks } from '../src/tasks.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { aTask, aUser } from './rows.ts'

let database: TestDatabase
let db: TestDatabase['db']
let tasks: Tasks
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  tasks = createTasks(db)
})
afterAll(() => database.drop())

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
