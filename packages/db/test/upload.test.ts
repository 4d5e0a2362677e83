import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLedger } from '../src/ledger.ts'
import type { NewUpload } from '../src/moves/upload.ts'
import { createMoves, type Moves } from '../src/moves.ts'
import { submissions } from '../src/schema.ts'
import { createTasks } from '../src/tasks.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { aUser, aVideoId, theTask } from './rows.ts'

let database: TestDatabase
let db: TestDatabase['db']
let moves: Moves
let userId: string
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  moves = createMoves(db)
  userId = await aUser(db)
})
afterAll(() => database.drop())

test('an upload is a completed task that no upstream knows', async () => {
  const upload = anUpload({ seconds: '3', size: '640x360' })
  const { task, created } = await moves.insertUpload(upload)
  expect(created).toBe(true)
  expect(task).toMatchObject({
    ...upload,
    ...{ status: 'COMPLETED', progress: 100, attempt: 1, version: 1, archive: 'done' },
    ...{ externalTaskId: null, credential: null, pinnedTo: null, model: null, acceptedAt: null },
    ...{ archivedAt: expect.any(Date), completedAt: expect.any(Date) },
  })
  expect(await theTask(db, task)).toEqual(task)
  expect(await db.select().from(submissions).where(eq(submissions.videoId, task.videoId))).toEqual([])
})

test('there is nothing left to do for it', async () => {
  const { task } = await moves.insertUpload(anUpload())
  const unfinished = await createTasks(db).unfinished('', 1000)
  expect(unfinished.map(({ videoId }) => videoId)).not.toContain(task.videoId)
  expect(await moves.cancel(userId, task.videoId)).toBeUndefined()
  expect(await moves.retry(userId, task.videoId, true)).toBeUndefined()
  const ledger = createLedger(db)
  const run = { runId: randomUUID(), credential: 'default/default' as never, twinKey: randomUUID() }
  expect(await ledger.beginSubmission(task, run, { sendWindowMs: 0, sendingMs: 0 })).toBe('not_queued')
})

test('of those with one key at the same moment one is made, and all name it', async () => {
  const key = randomUUID()
  const uploads = [1, 2, 3, 4].map(() => anUpload({ clientRequestId: key }))
  const inserted = await Promise.all(uploads.map((upload) => moves.insertUpload(upload)))
  expect(inserted.filter(({ created }) => created)).toHaveLength(1)
  expect(new Set(inserted.map(({ task }) => task.videoId)).size).toBe(1)
})

test('without a key each is one, and a repeat of the same insert is the same', async () => {
  const [one, other] = [anUpload(), anUpload()]
  await moves.insertUpload(one)
  expect(await moves.insertUpload(other)).toMatchObject({ created: true })
  const again = await moves.insertUpload(one)
  expect(again).toMatchObject({ created: true, task: { videoId: one.videoId } })
})

test('its key is taken for other requests of its user, and for nobody else’s', async () => {
  const key = randomUUID()
  const { task } = await moves.insertUpload(anUpload({ clientRequestId: key }))
  const remix = { videoId: aVideoId(), requestHash: '-', prompt: 'in snow', clientRequestId: key }
  expect(await moves.insert({ ...remix, userId })).toMatchObject({ created: false, task })
  expect(await moves.insert({ ...remix, userId: await aUser(db) })).toMatchObject({ created: true })
})

function anUpload(of: Partial<NewUpload> = {}): NewUpload {
  const videoId = aVideoId()
  const clip = {
    key: `clips/${videoId}/${randomUUID()}`,
    bytes: 7,
    sha256: 'a'.repeat(64),
    type: 'video/mp4',
  }
  return { videoId, userId, requestHash: '-', prompt: '', metadata: { type: 'upload' }, clip, ...of }
}
