import type { ArchiveState } from '@reelay/contracts/lifecycle'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMoves, type Moves } from '../src/moves.ts'
import type { StoredClip } from '../src/schema.ts'
import { createTasks } from '../src/tasks.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { aProcessingTask, aTask, theTask } from './rows.ts'

let database: TestDatabase
let db: TestDatabase['db']
let moves: Moves
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  moves = createMoves(db)
})
afterAll(() => database.drop())

const clip = aClip('a')
const anHourAgo = new Date(Date.now() - 3_600_000)

test.each([
  [true, 'pending'],
  [false, null],
  [undefined, null],
])('a task that completes with archive %s is then %s', async (archive, state) => {
  const task = await aProcessingTask(db)
  const moved = await moves.apply(task, { to: 'COMPLETED', ...(archive !== undefined && { archive }) })
  expect(moved).toMatchObject({ status: 'COMPLETED', archive: state, clip: null, archivedAt: null })
})

test('of two that archive one task one is noted, and the other is told', async () => {
  const task = await anArchive('pending')
  const noted = await Promise.all([
    moves.noteClip(task.videoId, clip),
    moves.noteClip(task.videoId, aClip('b')),
  ])
  const [winner, ...others] = noted.filter((row) => row !== undefined)
  expect(others).toEqual([])
  expect(winner).toMatchObject({
    archive: 'done',
    clip: noted[0] ? clip : aClip('b'),
    archivedAt: expect.any(Date),
    version: task.version + 1,
    completedAt: task.completedAt,
  })
  expect(await theTask(db, task)).toEqual(winner)
})

describe.each<ArchiveState | null>(['done', 'lost', 'removed', null])('a clip that is %s', (state) => {
  test('is neither noted nor lost', async () => {
    const task = await anArchive(state)
    expect(await moves.noteClip(task.videoId, aClip('b'))).toBeUndefined()
    expect(await moves.noteClipLost(task.videoId)).toBeUndefined()
    expect(await theTask(db, task)).toEqual(task)
  })
})

test.each(['PROCESSING', 'FAILED'] as const)('a %s task has no clip to note', async (status) => {
  const task = await aTask(db, { status, archive: 'pending' })
  expect(await moves.noteClip(task.videoId, clip)).toBeUndefined()
})

test('a lost clip keeps its task completed', async () => {
  const task = await anArchive('pending')
  expect(await moves.noteClipLost(task.videoId)).toMatchObject({
    status: 'COMPLETED',
    archive: 'lost',
    clip: null,
  })
})

test.each(['pending', 'done', 'lost'] as const)('a clip that is %s can be removed, once', async (state) => {
  const task = await anArchive(state)
  expect(await moves.removeClip(task.videoId)).toMatchObject({ archive: 'removed', clip: null })
  expect(await moves.removeClip(task.videoId)).toBeUndefined()
})

test('clips that were kept for long enough are removed, the oldest first', async () => {
  const [older, old] = [
    await anArchive('done', new Date(anHourAgo.getTime() - 1000)),
    await anArchive('done', anHourAgo),
  ]
  const young = await anArchive('done')
  const first = await moves.removeExpiredClips(1_800_000, 1)
  expect(first.map(({ videoId }) => videoId)).toEqual([older.videoId])
  const rest = await moves.removeExpiredClips(1_800_000, 10)
  expect(rest.map(({ videoId }) => videoId)).toEqual([old.videoId])
  expect(await moves.removeExpiredClips(1_800_000, 10)).toEqual([])
  expect((await theTask(db, young)).archive).toBe('done')
})

test('the sweep sees what is to be archived, and where clips are', async () => {
  const tasks = createTasks(db)
  const [pending, done] = [await anArchive('pending'), await anArchive('done')]
  const seen = await tasks.unfinished('', 1000)
  expect(seen.find(({ videoId }) => videoId === pending.videoId)).toEqual({
    videoId: pending.videoId,
    attempt: 1,
    status: 'COMPLETED',
    archive: 'pending',
    openAttempt: null,
  })
  expect(seen.some(({ videoId }) => videoId === done.videoId)).toBe(false)
  const stored = await tasks.storedFilesOf([pending.videoId, done.videoId])
  expect(new Map(stored.map((row) => [row.videoId, row.clip?.key]))).toEqual(
    new Map([
      [pending.videoId, undefined],
      [done.videoId, clip.key],
    ]),
  )
})

function aClip(name: string): StoredClip {
  return { key: `clips/${name}`, bytes: 3, sha256: 'ab', type: 'video/mp4' }
}

function anArchive(archive: ArchiveState | null, archivedAt = new Date()) {
  return aTask(db, {
    status: 'COMPLETED',
    archive,
    ...(archive === 'done' && { clip, archivedAt }),
  })
}
