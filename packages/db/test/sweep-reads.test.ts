import type { VideoId } from '@reelay/contracts/task'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createTasks, type Tasks } from '../src/tasks.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { openExplained } from './plans.ts'
import { anExternalId, aSubmission, aTask, aVideoId } from './rows.ts'

let database: TestDatabase
let db: TestDatabase['db']
let tasks: Tasks
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  tasks = createTasks(db)
})
afterAll(() => database.drop())

describe('what somebody should be working on', () => {
  test('waits for its turn, or has an open submission; what is polled is found by its lane', async () => {
    const start = aVideoId()
    const queued = await aTask(db)
    await aTask(db, { status: 'PROCESSING' })
    const doubtful = await aTask(db, { attempt: 2 })
    await aSubmission(db, doubtful, { outcome: 'in_doubt' })
    const cancelled = await aTask(db, { status: 'CANCELLED', attempt: 3 })
    await aSubmission(db, { ...cancelled, attempt: 2 })
    const done = await aTask(db, { status: 'COMPLETED' })
    await aSubmission(db, done, { outcome: 'accepted', externalId: anExternalId() })
    await aTask(db, { status: 'FAILED' })

    const found = await tasks.unfinished(start, 100)
    expect(found).toEqual([
      { videoId: queued.videoId, attempt: 1, status: 'QUEUED', archive: null, openAttempt: null },
      { videoId: doubtful.videoId, attempt: 2, status: 'QUEUED', archive: null, openAttempt: 2 },
      { videoId: cancelled.videoId, attempt: 3, status: 'CANCELLED', archive: null, openAttempt: 2 },
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

  test('is read without the thousands that are polled', async () => {
    const start = aVideoId()
    const { userId } = await aTask(db)
    await db.execute(sql`
      insert into video_tasks (video_id, user_id, request_hash, status, external_task_id, prompt, accepted_at)
      select 'video_1762500000001_' || lpad(i::text, 7, '0'), ${userId}, 'hash', 'PROCESSING', 'up_' || i, 'a paper boat',
        now() from generate_series(1, 20000) i`)
    await aTask(db, { userId, videoId: 'video_1762500000002_0000001' as VideoId })
    await db.execute(sql`vacuum analyze`)
    const explained = openExplained(database.url)
    onTestFinished(() => explained.close())
    const reads = createTasks(explained.db)
    const [reading] = await explained.readings(async () => {
      expect(await reads.unfinished(start, 1000)).toHaveLength(2)
    })
    expect(reading?.scanned).not.toContain('video_tasks')
    expect(reading?.rows).toBeLessThan(100)
  })
})

function names(rows: { videoId: VideoId }[]): string[] {
  return rows.map(({ videoId }) => videoId)
}
