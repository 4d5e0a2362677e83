import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMoves } from '../src/moves.ts'
import * as schema from '../src/schema.ts'
import { createFollowedReads } from '../src/tasks/followed.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { aProcessingTask, aVideoId } from './rows.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('polls of the same moment share one query', async () => {
  const { db } = database
  const tasks = await Promise.all(Array.from({ length: 50 }, () => aProcessingTask(db)))
  await using watched = watch()
  const reads = createFollowedReads(watched.db)

  const found = await Promise.all([...tasks, ...tasks].map(({ videoId }) => reads.findFollowed(videoId)))

  expect(found.map((task) => task?.externalTaskId)).toEqual(
    [...tasks, ...tasks].map((task) => task.externalTaskId),
  )
  expect(watched.queries).toHaveLength(1)
})

test('a poll sees what was there when it asked', async () => {
  const { db } = database
  const task = await aProcessingTask(db, { progress: 10 })
  const reads = createFollowedReads(db)
  await reads.findFollowed(task.videoId)

  await createMoves(db).apply(task, { to: 'PROCESSING', progress: 60 })
  expect(await reads.findFollowed(task.videoId)).toMatchObject({ progress: 60 })
})

test('a task that is gone is undefined for its poll alone', async () => {
  const { db } = database
  const reads = createFollowedReads(db)
  const { videoId } = await aProcessingTask(db)
  const [there, gone] = await Promise.all([reads.findFollowed(videoId), reads.findFollowed(aVideoId())])
  expect(there).toMatchObject({ videoId, status: 'PROCESSING' })
  expect(gone).toBeUndefined()
})

test('a failed query fails its polls and not the next ones', async () => {
  const { db, url } = database
  const { videoId } = await aProcessingTask(db)
  await using watched = watch(url)
  const reads = createFollowedReads(watched.db)
  await db.execute('alter table video_tasks rename to elsewhere')
  const failed = await Promise.allSettled([reads.findFollowed(videoId), reads.findFollowed(aVideoId())])
  await db.execute('alter table elsewhere rename to video_tasks')

  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await reads.findFollowed(videoId)).toMatchObject({ videoId })
})

/** The same database on a connection of its own that tells of its queries. */
function watch(url = database.url) {
  const queries: string[] = []
  const client = postgres(url, { max: 5 })
  return {
    queries,
    db: drizzle(client, { schema, logger: { logQuery: (query) => queries.push(query) } }),
    [Symbol.asyncDispose]: () => client.end(),
  }
}
