import { randomUUID } from 'node:crypto'
import { CredentialId } from '@reelay/contracts/credential'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTasks, type Tasks } from '../src/tasks.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { anExternalId, aSubmission, aTask, aUser } from './rows.ts'

let database: TestDatabase
let tasks: Tasks
beforeAll(async () => {
  database = await createTestDatabase()
  tasks = createTasks(database.db)
})
afterAll(() => database.drop())

const east = CredentialId.parse('east/a')
const west = CredentialId.parse('west/a')

test('a task is found by its own id and by that of its job', async () => {
  const { videoId } = await aTask(database.db)
  await aTask(database.db)
  expect(await namesOf(videoId)).toEqual([videoId])
  expect(await namesOf(`${videoId}-1`)).toEqual([videoId])
})

test('a task is found by what upstream calls the video of any attempt, wherever it was made', async () => {
  const { db } = database
  const [first, second] = [anExternalId(), anExternalId()]
  const task = await aTask(db, { status: 'PROCESSING', attempt: 2, externalTaskId: second, credential: west })
  await aSubmission(db, { ...task, attempt: 1 }, { outcome: 'accepted', externalId: first, credential: east })
  await aSubmission(db, task, { outcome: 'accepted', externalId: second, credential: west })
  expect(await namesOf(first)).toEqual([task.videoId])
  expect(await namesOf(second)).toEqual([task.videoId])
})

test('two upstreams that call their videos alike have two tasks', async () => {
  const { db } = database
  const externalId = anExternalId()
  const made = []
  for (const credential of [east, west]) {
    const task = await aTask(db, { status: 'COMPLETED', externalTaskId: externalId, credential })
    await aSubmission(db, task, { outcome: 'accepted', externalId, credential })
    made.unshift(task.videoId)
  }
  expect(await namesOf(externalId)).toEqual(made)
})

test('a key of a client finds the task of every user who has it', async () => {
  const { db } = database
  const clientRequestId = `order ${randomUUID()}`
  const older = await aTask(db, { clientRequestId })
  const newer = await aTask(db, { clientRequestId })
  expect(await namesOf(clientRequestId)).toEqual([newer.videoId, older.videoId])
})

test('a user is found by id and by name in any case, with the newest of the tasks', async () => {
  const { db } = database
  const userId = await aUser(db)
  const made = []
  for (let ago = 3; ago > 0; ago -= 1) {
    const createdAt = sql`now() - ${ago} * interval '1 hour'` as unknown as Date
    made.unshift((await aTask(db, { userId, createdAt })).videoId)
  }
  const username = `Ann-${userId.slice(0, 8)}`
  await db.execute(sql`update users set username = ${username} where id = ${userId}`)
  expect(await namesOf(userId)).toEqual(made)
  expect(await namesOf(userId.toUpperCase())).toEqual(made)
  expect(await namesOf(username.toUpperCase())).toEqual(made)
  expect(await namesOf(username, 2)).toEqual(made.slice(0, 2))
})

test('a find says whose it is and whether it is deleted, and has none of its words', async () => {
  const { db } = database
  const prompt = 'canary of a prompt'
  const task = await aTask(db, {
    status: 'CANCELLED',
    prompt,
    metadata: { note: 'canary' },
    deletedAt: new Date(),
  })
  const found = await tasks.searchById(task.videoId, 20)
  expect(found).toEqual([
    {
      videoId: task.videoId,
      status: 'CANCELLED',
      attempt: 1,
      username: expect.any(String),
      externalTaskId: null,
      credential: null,
      errorCode: null,
      createdAt: task.createdAt,
      acceptedAt: null,
      deletedAt: task.deletedAt,
    },
  ])
})

test.each([
  'nothing',
  '%',
  'video_',
  "' or true --",
  '00000000-0000-0000-0000-000000000000',
  '00000000-0000-0000-0000-00000000000',
  '雪'.repeat(512),
])('what belongs to no task finds none: %s', async (id) => {
  expect(await namesOf(id)).toEqual([])
})

async function namesOf(id: string, limit = 20): Promise<string[]> {
  return (await tasks.searchById(id, limit)).map(({ videoId }) => videoId)
}
