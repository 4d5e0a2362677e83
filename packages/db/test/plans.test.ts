import { randomUUID } from 'node:crypto'
import { firstCredential } from '@reelay/contracts/credential'
import type { VideoId } from '@reelay/contracts/task'
import { ListQuery } from '@reelay/contracts/task-requests'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCredentialStates } from '../src/credential-states.ts'
import type { AgedSubmission } from '../src/ledger/reads.ts'
import { createLedger, type Ledger } from '../src/ledger.ts'
import { createTasks, type Tasks } from '../src/tasks.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { openExplained, type Reading } from './plans.ts'
import { aUser } from './rows.ts'

const MANY = 10_500
const OTHERS = 40
const EACH = 250

let database: TestDatabase
let explained: ReturnType<typeof openExplained>
let tasks: Tasks
let ledger: Ledger
let busy: string
let quiet: string

beforeAll(async () => {
  database = await createTestDatabase()
  const { db } = database
  busy = await aUser(db)
  await fill(busy, MANY)
  for (let i = 0; i < OTHERS; i += 1) {
    quiet = await aUser(db)
    await fill(quiet, EACH, { failed: 1 / 2 })
  }
  await db.execute(sql`insert into users (username, email, password_hash)
    select 'idle ' || i, i || '@example.com', 'none' from generate_series(1, 2000) i`)
  await db.execute(sql`vacuum analyze`)
  explained = openExplained(database.url)
  tasks = createTasks(explained.db)
  ledger = createLedger(explained.db)
})
afterAll(async () => {
  await explained.close()
  await database.drop()
})

/**
 * Tasks whose lineage is a tree, from the oldest to the newest: nearly all COMPLETED, the newest unfinished,
 * and the oldest few of them FAILED, where a walk from the newest one finds them last.
 */
async function fill(userId: string, count: number, { failed = 10 / count } = {}) {
  const name = sql`'video_1762500000000_' || left(replace(${userId}, '-', ''), 8) || lpad(i::text, 8, '0')`
  const parent = sql`'video_1762500000000_' || left(replace(${userId}, '-', ''), 8) || lpad((i / 3)::text, 8, '0')`
  const at = sql`now() - (${count}::int - i) * interval '1 minute'`
  await database.db.execute(sql`
    insert into video_tasks (video_id, user_id, client_request_id, request_hash, status, external_task_id, prompt,
      metadata, created_at, updated_at, queued_at, accepted_at, completed_at)
    select ${name}, ${userId}, case when i % 2 = 0 then 'key ' || i end, md5(i::text), status, ${userId} || i, 'a paper boat',
      case when i < 3 then '{}'::jsonb else jsonb_build_object('type', 'remix', 'remix_from', ${parent}) end,
      ${at}, ${at} + interval '5 minutes', ${at}, ${at},
      case when status in ('QUEUED', 'PROCESSING') then null else ${at} + interval '5 minutes' end
    from (
      select i, case when i <= ${count}::int * ${failed}::float8 then 'FAILED' when i > ${count}::int - 5 then 'QUEUED'
        when i > ${count}::int - 10 then 'PROCESSING' else 'COMPLETED' end as status
      from generate_series(1, ${count}::int) i
    ) made`)
  await database.db.execute(sql`
    insert into submissions (video_id, attempt, outcome, twin_key, run_id, external_id, started_at)
    select video_id, 1, case when status = 'QUEUED' then 'in_doubt' else 'accepted' end, video_id,
      gen_random_uuid(), case when status = 'QUEUED' then null else external_task_id end, created_at
    from video_tasks where user_id = ${userId}`)
}

const taskOf = (userId: string, i: number) =>
  `video_1762500000000_${userId.replaceAll('-', '').slice(0, 8)}${String(i).padStart(8, '0')}` as VideoId

const large = ['video_tasks', 'submissions', 'task_events']

function expectIndexes(readings: Reading[], mostRows: number) {
  expect(readings.length).toBeGreaterThan(0)
  for (const { scanned, indexes, rows } of readings) {
    expect(scanned.filter((table) => large.includes(table))).toEqual([])
    expect(indexes).not.toEqual([])
    expect(rows).toBeLessThanOrEqual(mostRows)
  }
}

const orders = (['createdAt', 'updatedAt', 'completedAt'] as const).flatMap((orderBy) =>
  (['asc', 'desc'] as const).map((order) => [orderBy, order] as const),
)
const filters = [
  {},
  { status: 'COMPLETED' },
  { status: 'FAILED' },
  { status: 'QUEUED' },
  { clientRequestId: 'key 8' },
]

describe.each(orders)('a list by %s %s', (orderBy, order) => {
  test.each(filters)('with %j reads its page and counts to 10 000 at most', async (filter) => {
    const query = ListQuery.parse({ orderBy, order, ...filter })
    const first = await tasks.list(busy, query, undefined)
    const [page, count] = await explained.readings(() => tasks.list(busy, query, undefined))
    expectIndexes([page as Reading], 2 * (query.pageSize + 1))
    expectIndexes([count as Reading], 10_000)
    expect(count?.isIndexOnly).toBe(!('clientRequestId' in filter))
    if (!first.next) return

    const beyond = await explained.readings(() => tasks.list(busy, query, first.next))
    expectIndexes(beyond.slice(0, 1), 2 * (query.pageSize + 1))
  })

  test.each(filters.slice(0, 4))('of everybody with %j reads little more than its page', async (filter) => {
    const query = ListQuery.parse({ orderBy, order, ...filter })
    const readings = await explained.readings(() => tasks.list(undefined, query, undefined))
    expectIndexes(readings, 10_000)
    expect(readings[1]?.isIndexOnly).toBe(true)
  })

  test('reads no rows of the pages before a far one', async () => {
    const query = ListQuery.parse({ orderBy, order, page: '100', pageSize: '100' })
    const [page] = await explained.readings(() => tasks.list(busy, query, undefined))
    expectIndexes([page as Reading], 10_000 + 2 * (query.pageSize + 1))
    expect(page?.indexes).toContain('video_tasks_pkey')
  })
})

test('a task is found by name, key and owner through an index', async () => {
  const videoId = taskOf(busy, 9000)
  expectIndexes(await explained.readings(() => tasks.find(videoId)), 1)
  expectIndexes(await explained.readings(() => tasks.findOwn(busy, videoId)), 1)
  const keys = Array.from({ length: 50 }, (_, i) => `key ${i * 14}`)
  expectIndexes(await explained.readings(() => tasks.findByRequestIds(busy, keys)), 50)
})

test('every kind of id that operators look for has an index', async () => {
  const expectFound = async (id: string, count: number, mostRows: number) => {
    const search = () => tasks.searchById(id, 21)
    expect(await search()).toHaveLength(count)
    const readings = await explained.readings(search)
    expectIndexes(readings, mostRows)
    expect(readings.flatMap(({ scanned }) => scanned)).not.toContain('users')
  }
  const videoId = taskOf(busy, 9000)
  for (const id of [videoId, `${videoId}-1`, `${busy}9000`]) await expectFound(id, 1, 20)
  // Every user of this test has it.
  await expectFound('key 8', 21, 2 * (OTHERS + 1) + 30)
  await expectFound(busy, 21, 2 * 21 + 30)
  await expectFound('idle 7', 0, 20)
})

test('open submissions are read without those that are settled', async () => {
  const open = 5 * (OTHERS + 1)
  expectIndexes(await explained.readings(() => ledger.openSubmissions(101)), 2 * open)
})

describe('a request without a key', () => {
  test('is looked for among the newest of its user', async () => {
    const again = { userId: busy, videoId: taskOf(busy, 1), requestHash: 'none', prompt: 'a paper boat' }
    expectIndexes(await explained.readings(() => tasks.findRequest(again, true)), 20)
  })

  test('is looked for so while it is inserted, too', async () => {
    const lookUp = /SELECT video_id INTO earlier ([^;]+);/.exec(await sourceOf('insert_task_once'))?.[1]
    const statement = `select video_id ${lookUp}`
      .replaceAll('new_user_id', `'${busy}'`)
      .replaceAll('new_request_hash', "'none'")
      .replaceAll('new_video_id', "'video'")
      .replaceAll('resent', 'true')
    expectIndexes([await explained.reading(statement)], 20)
  })
})

test.each([1, 40, 10_400])('the lineage of task %i is read by its edges, in one statement', async (i) => {
  const ask = () => tasks.lineage(busy, taskOf(busy, i))
  const { task, ancestors, descendants } = await ask()
  expect(task).toBeDefined()
  const readings = await explained.readings(ask)
  expect(readings).toHaveLength(1)
  expectIndexes(readings, 3 * (ancestors.length + descendants.length + 2) + 500)
})

test('a timeline is read by its task', async () => {
  const { events } = await tasks.timeline(taskOf(busy, 9000))
  expect(events.map(({ what }) => what)).toEqual(['uploaded', 'accepted'])
  expectIndexes(await explained.readings(() => tasks.timeline(taskOf(busy, 9000))), events.length)
})

test('a snapshot reads what is unfinished and what ended lately', async () => {
  for (const since of [[undefined], [new Date(Date.now() - 600_000)], [undefined, new Date()]]) {
    const rows = (await tasks.snapshot(busy, since)) ?? []
    expect(rows.length).toBeGreaterThan(0)
    expectIndexes(await explained.readings(() => tasks.snapshot(busy, since)), 3 * rows.length + 31)
  }
})

test.each([true, false])(
  'what changed lately is read for listeners only (ended only: %s)',
  async (endedOnly) => {
    const users = [busy, quiet, ...Array.from({ length: 20 }, () => randomUUID())]
    expectIndexes(await explained.readings(() => tasks.changedLately(users, 120_000, endedOnly)), 100)
  },
)

test('the sweep reads tasks that wait and open submissions only', async () => {
  const page = await tasks.unfinished('', 200)
  expect(page).toHaveLength(200)
  expectIndexes(await explained.readings(() => tasks.unfinished('', 200)), 5 * 200)
  const next = await explained.readings(() => tasks.unfinished(page.at(-1)?.videoId ?? '', 200))
  expectIndexes(next, 5 * 200)
})

test('orphaned submissions are looked for among the open ones', async () => {
  expectIndexes(await explained.readings(() => ledger.giveUpOrphans(1)), 3 * 5 * (OTHERS + 1))
})

test('places in the queue and unfinished tasks are counted per user', async () => {
  const waiting = [taskOf(busy, MANY), taskOf(busy, MANY - 4), taskOf(quiet, EACH)]
  expectIndexes(await explained.readings(() => tasks.queuePositions(waiting)), 100)
  expectIndexes(await explained.readings(() => tasks.unfinishedOf(busy, 20)), 20)
  const unfinished = await tasks.countUnfinished(busy)
  expectIndexes(await explained.readings(() => tasks.countUnfinished(busy)), unfinished)
})

test('the ledger is asked through its indexes', async () => {
  const videoId = taskOf(busy, 9000)
  expectIndexes(await explained.readings(() => ledger.findSubmission(videoId, 1)), 1)
  expectIndexes(await explained.readings(() => ledger.earlierSubmissions(videoId, 2)), 1)
  expectIndexes(await explained.readings(() => ledger.hasOpenTwin(videoId)), 1)
  const rival = { twinKey: videoId, sourceId: videoId as never }
  expectIndexes(await explained.readings(() => ledger.hasOpenTwin(busy, rival)), 2)
  const lately = (await ledger.findSubmission(taskOf(busy, MANY - 20), 1)) as AgedSubmission
  const ofTheHour = 90 * (OTHERS + 1)
  expectIndexes(await explained.readings(() => ledger.hasMadeTwin(lately)), ofTheHour)
  expectIndexes(await explained.readings(() => ledger.hasRival(lately, rival)), ofTheHour)
  expectIndexes(
    await explained.readings(() => ledger.knownExternalIds([`${busy}9000` as never], firstCredential)),
    1,
  )
})

test('permits are counted among open submissions and running tasks', async () => {
  const source = await sourceOf('in_flight')
  const statement = source.replaceAll('of_credential', `'${firstCredential}'`)
  expectIndexes([await explained.reading(statement)], 6 * 2 * 5 * (OTHERS + 1))
})

test('the credentials that the ledger names are found without reading it all', async () => {
  const read = createCredentialStates(explained.db)
  expectIndexes(await explained.readings(read), 6 * 2 * 5 * (OTHERS + 1))
})

async function sourceOf(functionName: string): Promise<string> {
  const [body] = await database.db.execute<{ source: string }>(
    sql`select prosrc as source from pg_proc where proname = ${functionName} order by pronargs desc`,
  )
  return body?.source ?? ''
}
