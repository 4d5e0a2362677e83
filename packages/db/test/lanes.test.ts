import { CredentialId, firstCredential } from '@reelay/contracts/credential'
import { CYCLE_MS, LANES, type Lane, laneId, laneOf } from '@reelay/contracts/lanes'
import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createMoves } from '../src/moves.ts'
import type { Metadata, TaskRow } from '../src/schema.ts'
import { isProcessing } from '../src/tasks/lanes.ts'
import { createTasks, type Tasks } from '../src/tasks.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { openExplained } from './plans.ts'
import { aProcessingTask, aTask, aUser } from './rows.ts'

let database: TestDatabase
let db: TestDatabase['db']
let tasks: Tasks
beforeEach(async () => {
  database = await createTestDatabase()
  db = database.db
  tasks = createTasks(db)
  onTestFinished(() => database.drop())
})

const midnight = Date.parse('2025-11-07T00:00:00.000Z')
const [one, other] = [CredentialId.parse('azure-eu/a'), CredentialId.parse('azure-eu/b')]

describe('the tasks of a lane', () => {
  test('are those of its credential and phase that are in the making', async () => {
    const acceptedAt = new Date(midnight + 730)
    const here = { credential: one, acceptedAt }
    const first = await aProcessingTask(db, here)
    const { userId } = first
    const second = await aProcessingTask(db, { ...here, acceptedAt: new Date(midnight + 5749) })
    await aProcessingTask(db, { ...here, userId, acceptedAt: new Date(midnight + 499) })
    await aProcessingTask(db, { ...here, userId, acceptedAt: new Date(midnight + 750) })
    await aProcessingTask(db, { ...here, userId, credential: other })
    for (const status of ['QUEUED', 'COMPLETED', 'FAILED', 'CANCELLED'] as const)
      await aTask(db, { ...here, userId, status })
    const ofLane = await tasks.ofLane({ credential: one, phase: 2 })
    expect(names(ofLane)).toEqual(names([first, second]))
    expect(await tasks.ofLane({ credential: firstCredential, phase: 2 })).toEqual([])
  })

  test('are the same for Postgres as for everybody else', async () => {
    const userId = await aUser(db)
    const rows = await fill(userId, 4000, [null, firstCredential, one, other])
    const expected = Map.groupBy(rows, (row) => laneId(row.lane))
    expect(expected.size).toBe(3 * LANES)
    for (const [id, ofId] of expected) {
      const [{ lane }] = ofId as [Accepted]
      expect([id, names(await tasks.ofLane(lane))]).toEqual([id, names(ofId)])
    }
  })

  test('say what their polls need, and no more', async () => {
    const task = await aProcessingTask(db, {
      credential: one,
      prompt: '',
      size: '1280x720',
      metadata: { type: 'import' } as Metadata,
      pollTrouble: { attempt: 1, misses: 2 },
    })
    const [read] = await tasks.ofLane(laneOf(task as Accepted['row']))
    const { videoId, attempt, externalTaskId, credential, acceptedAt, pollTrouble } = task
    expect(read).toEqual({
      ...{ videoId, attempt, externalTaskId, credential, acceptedAt, pollTrouble },
      ...{ progress: 0, overdue: false, autoRetriesUsed: 0, model: null, size: '1280x720', seconds: null },
      ...{ isImport: true, hasPrompt: false },
    })
    const own = await aProcessingTask(db, { metadata: { type: 'remix' } as Metadata })
    expect(await tasks.ofLane(laneOf(own as Accepted['row']))).toMatchObject([
      { isImport: false, hasPrompt: true },
    ])
  })

  test('are as they were when they were asked for', async () => {
    const task = await aProcessingTask(db, { progress: 10 })
    const lane = laneOf(task as Accepted['row'])
    await tasks.ofLane(lane)
    await createMoves(db).apply(task, { to: 'PROCESSING', progress: 60 })
    expect(await tasks.ofLane(lane)).toMatchObject([{ progress: 60 }])
    await createMoves(db).apply(task, { to: 'COMPLETED' })
    expect(await tasks.ofLane(lane)).toEqual([])
  })
})

describe('the lanes', () => {
  test('are none where nothing is in the making', async () => {
    const acceptedAt = new Date(midnight)
    for (const status of ['QUEUED', 'COMPLETED', 'FAILED'] as const) await aTask(db, { status, acceptedAt })
    expect(await tasks.lanes()).toEqual([])
  })

  test('are each found once, in order, however many tasks they have', async () => {
    const rows = await fill(await aUser(db), 6000, [null, firstCredential, one, other])
    const few = rows.filter(({ lane: { credential, phase } }) => credential !== other || phase % 7 === 0)
    await keepOnly(few)
    const expected = [one, other, firstCredential].flatMap((credential) =>
      Array.from({ length: LANES }, (_, phase) => ({ credential, phase })).filter(
        ({ phase }) => credential !== other || phase % 7 === 0,
      ),
    )
    expect(await tasks.lanes()).toEqual(expected)
  })

  test('are found of credentials that languages sort differently', async () => {
    const credentials = ['a-a/a', 'aa/a', 'a/a', 'a/a-a', 'a-/aa', '0/-', '-/0', 'a/-a'].map((id) =>
      CredentialId.parse(id),
    )
    await fill(await aUser(db), 2000, credentials)
    const lanes = await tasks.lanes()
    const expected = credentials.flatMap((credential) =>
      Array.from({ length: LANES }, (_, phase) => laneId({ credential, phase })),
    )
    expect(lanes.map(laneId).sort()).toEqual(expected.sort())
  })
})

test('neither reads more than its part of an index', async () => {
  const count = 6000
  const rows = await fill(await aUser(db), count, [null, firstCredential, one])
  await db.execute(sql`vacuum analyze video_tasks`)
  const explained = openExplained(database.url)
  onTestFinished(() => explained.close())
  const reads = createTasks(explained.db)

  const ofLane = rows.filter(({ lane }) => laneId(lane) === laneId({ credential: one, phase: 12 }))
  const [lane] = await explained.readings(() => reads.ofLane({ credential: one, phase: 12 }))
  expect(lane).toMatchObject({ scanned: [], indexes: ['video_tasks_lanes'], rows: ofLane.length })
  const [all] = await explained.readings(() => reads.lanes())
  expect(all?.scanned).toEqual([])
  expect(new Set(all?.indexes)).toEqual(new Set(['video_tasks_lanes']))
  expect(all?.rows).toBeLessThanOrEqual(2 * LANES + 1)
})

type Accepted = { videoId: string; lane: Lane; row: TaskRow & { acceptedAt: Date } }

/**
 * Tasks in the making of each credential in turn, accepted at the first and last ms of phases and at odd ones between,
 * over days.
 */
async function fill(
  userId: string,
  count: number,
  credentials: readonly (CredentialId | null)[],
): Promise<Accepted[]> {
  const step = CYCLE_MS / LANES
  const times = Array.from({ length: count }, (_, i) => {
    const phase = Math.floor(i / credentials.length)
    return midnight + phase * (7 * CYCLE_MS + step) + ([0, step - 1, 1, 53][phase % 4] ?? 0)
  })
  await db.execute(sql`
    insert into video_tasks (video_id, user_id, request_hash, status, external_task_id, prompt, credential, accepted_at)
    select 'video_1762500000000_' || lpad(i::text, 7, '0'), ${userId}, 'hash', 'PROCESSING', 'up_' || i, 'a paper boat',
      (${sql.param(credentials)}::text[])[1 + (i - 1) % ${credentials.length}::int], to_timestamp(ms / 1000)
    from unnest(${sql.param(times)}::numeric[]) with ordinality made(ms, i)`)
  const rows = await db.query.videoTasks.findMany()
  expect(rows).toHaveLength(count)
  return rows.filter(isProcessing).map((row) => ({ videoId: row.videoId, lane: laneOf(row), row }))
}

async function keepOnly(rows: readonly Accepted[]): Promise<void> {
  await db.execute(
    sql`update video_tasks set status = 'CANCELLED' where video_id <> all(${sql.param(names(rows))}::text[])`,
  )
}

function names(rows: readonly { videoId: string }[]): string[] {
  return rows.map(({ videoId }) => videoId).sort()
}
