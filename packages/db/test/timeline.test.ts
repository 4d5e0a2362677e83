import { type CredentialId, firstCredential as credential } from '@reelay/contracts/credential'
import type { VideoId } from '@reelay/contracts/task'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLedger, type Ledger } from '../src/ledger.ts'
import { createMoves, type Moves } from '../src/moves.ts'
import type { StoredClip } from '../src/schema.ts'
import type { FollowedVideo } from '../src/tasks/lanes.ts'
import { createTasks, type Tasks } from '../src/tasks.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { createUpstreamState } from '../src/upstream-state.ts'
import { createLives, failure, type Lives, moved } from './lives.ts'
import { anExternalId, anyNumber, aRun, aUser, theTask } from './rows.ts'
import { inTransaction, statementsWait } from './transaction.ts'

let database: TestDatabase
let db: TestDatabase['db']
let moves: Moves
let ledger: Ledger
let tasks: Tasks
let userId: string
let lives: Lives
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  moves = createMoves(db)
  ledger = createLedger(db)
  tasks = createTasks(db)
  userId = await aUser(db)
  lives = createLives(db, userId)
})
afterAll(() => database.drop())

const clip: StoredClip = { key: 'clips/a/a', bytes: 1, sha256: 'a', type: 'video/mp4' }

test('a whole life is told in its order, and in no words of its owner or of upstream', async () => {
  const task = await lives.aQueued()
  const run = await lives.begin(task)
  await ledger.markNotSent(task, run, { ms: 0, because: 'rate_limited' })
  await lives.begin(task)
  const made = moved(await ledger.accept(task, anExternalId())) as FollowedVideo
  await moves.apply(made, { to: 'PROCESSING', progress: 50, overdue: true })
  const second = moved(await moves.apply(made, { to: 'QUEUED' }))
  await lives.begin(second)
  await ledger.giveUp(second, failure)
  await moves.retry(userId, task.videoId, false)
  await ledger.reopen(second)
  const { events, truncated } = await tasks.timeline(task.videoId)
  expect(events.map(({ attempt, what }) => `${attempt} ${what}`)).toEqual([
    ...['1 created', '1 sending', '1 not_sent', '1 sending', '1 accepted', '1 progress', '1 overdue'],
    ...['2 second_try', '2 sending', '2 given_up', '2 failed', '3 retried', '2 in_doubt'],
  ])
  expect(truncated).toBe(false)
  const times = events.map(({ at }) => at.getTime())
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  const rows = await db.execute(sql`select e::text as row from task_events e`)
  expect(JSON.stringify(rows)).not.toContain('paper boat')
})

test('an attempt has one event for each ten percent', async () => {
  const task = await lives.aProcessing()
  for (let progress = 1; progress <= 100; progress += 1)
    await moves.apply(task, { to: 'PROCESSING', progress })
  const { events } = await tasks.timeline(task.videoId)
  const told = events.filter(({ what }) => what === 'progress').map(({ progress }) => progress)
  expect(told).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
})

describe('nothing is appended', () => {
  test('where no row changes', async () => {
    const { task, run } = await lives.aSending()
    const made = moved(await ledger.accept(task, anExternalId())) as FollowedVideo
    await moves.apply(made, { to: 'PROCESSING', progress: 45, overdue: true })
    const before = await kindsOf(task)
    await moves.apply(made, { to: 'PROCESSING', progress: 45, overdue: true })
    await ledger.markInDoubt(task, run)
    await ledger.refuse(task, failure)
    await ledger.beginSubmission(task, aRun(), anyNumber)
    await moves.noteClip(task.videoId, clip)
    await moves.retry(userId, task.videoId, true)
    await moves.delete(userId, task.videoId)
    expect(await kindsOf(task)).toEqual(before)
  })

  test('for a change that is no news', async () => {
    const task = await lives.aProcessing()
    await moves.apply(task, { to: 'PROCESSING', progress: 41 })
    const before = await kindsOf(task)
    await moves.apply(task, { to: 'PROCESSING', progress: 49, size: '1280x720' })
    await db.execute(sql`update video_tasks set version = version + 1 where video_id = ${task.videoId}`)
    expect(await kindsOf(task)).toEqual(before)
  })

  test('to the ledger’s part of an import, or of a task that fails unsent', async () => {
    expect(await kindsOf(await lives.anImport())).toEqual(['imported'])
    const unsent = await lives.aQueued()
    await ledger.failUnsent(unsent, failure)
    expect(await kindsOf(unsent)).toEqual(['created', 'failed'])
  })

  test('of the clip that goes with a deleted task', async () => {
    const task = await lives.aCompleted()
    await moves.noteClip(task.videoId, clip)
    await moves.delete(userId, task.videoId)
    expect((await kindsOf(task)).slice(-2)).toEqual(['archived', 'deleted'])
  })
})

test('an attempt that follows an earlier one’s video adopts it', async () => {
  const task = await lives.aGivenUp()
  const retried = moved(await moves.retry(userId, task.videoId, false))
  await ledger.resume(retried, { externalId: anExternalId(), credential })
  const { events } = await tasks.timeline(task.videoId)
  expect(events.at(-1)).toMatchObject({ what: 'adopted', attempt: 2, credential })
})

test('what was not sent because all wait says why they do', async () => {
  const held = 'default/held' as CredentialId
  const task = await lives.aQueued()
  const run = await lives.begin(task, aRun(undefined, held))
  await createUpstreamState(db).noteTrouble(task, held, { because: 'balance_empty' })
  await ledger.markNotSent(task, run)
  const { events } = await tasks.timeline(task.videoId)
  expect(events.at(-1)).toMatchObject({ what: 'not_sent', code: 'balance_empty', credential: held })
})

test('a move and its event are one: who is killed in between has made neither', async () => {
  const task = await lives.aProcessing()
  const before = { row: await theTask(db, task), kinds: await kindsOf(task) }
  const other = await inTransaction(database)
  await other.sql`lock table task_events in exclusive mode`
  const killed = expect(moves.cancel(userId, task.videoId)).rejects.toThrow()
  await statementsWait(database)
  await db.execute(sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`)
  await killed
  await other.commit()
  expect({ row: await theTask(db, task), kinds: await kindsOf(task) }).toEqual(before)
})

test('of very many events the newest are read', async () => {
  const task = await lives.aQueued()
  const append = (count: number) =>
    db.execute(sql`insert into task_events (video_id, what, attempt)
      select ${task.videoId}, 'sending', i + 1 from generate_series(1, ${count}::int) i`)
  await append(999)
  const all = await tasks.timeline(task.videoId)
  expect([all.events.length, all.truncated, all.events[0]?.what]).toEqual([1000, false, 'created'])
  await append(1)
  const newest = await tasks.timeline(task.videoId)
  expect([newest.events.length, newest.truncated, newest.events[0]?.attempt]).toEqual([1000, true, 2])
})

async function kindsOf({ videoId }: { videoId: VideoId }): Promise<string[]> {
  return (await tasks.timeline(videoId)).events.map(({ what }) => what)
}
