import { Queue } from 'bullmq'
import { sql } from 'drizzle-orm'
import { videosToPoll } from './videos-to-poll.ts'
import type { World } from './world.ts'

const USERS = 100
const INSERTED_AT_ONCE = 5000
const CHUNK = 2000
/** What is in flight was accepted one after another, and not just now. */
const ACCEPTED_WITHIN_MS = 180_000

/** Fills a world anew with so many tasks in flight, whose videos upstream has. */
export async function insertProcessing({ db, hold }: World, count: number): Promise<void> {
  await db.execute(sql`truncate users, submissions cascade`)
  await db.execute(sql`
    insert into users (username, email, password_hash)
    select 'user-' || i, 'user-' || i || '@example.org', '' from generate_series(1, ${USERS}) i`)
  const until = Date.now()
  const since = until - ACCEPTED_WITHIN_MS
  for (let from = 0; from < count; from += INSERTED_AT_ONCE) {
    await db.execute(sql`
    insert into video_tasks
      (video_id, user_id, request_hash, status, external_task_id, prompt, model, size, seconds, metadata, accepted_at)
    select name, users.id, '', 'PROCESSING', 'ext_' || i, repeat('a cat in the rain ', 20),
      'sora-2', '1280x720', '8', '{"type": "remix"}',
      to_timestamp((${since}::float8 + ${ACCEPTED_WITHIN_MS}::float8 * i / ${count}::float8) / 1000)
    from generate_series(${from + 1}::int, ${Math.min(count, from + INSERTED_AT_ONCE)}::int) i
    cross join lateral (select 'video_1700000000000_' || lpad(i::text, 9, '0') as name) names
    join users on users.username = 'user-' || (i % ${USERS} + 1)`)
  }
  await db.execute(sql`
    insert into submissions (video_id, attempt, outcome, twin_key, run_id, external_id, settled_at)
    select video_id, 1, 'accepted', video_id, gen_random_uuid(), external_task_id, clock_timestamp()
    from video_tasks`)
  await db.execute(sql`vacuum analyze video_tasks, submissions`)
  await hold({ count, since, until })
}

/** One job each for the bare loop. */
export async function enqueueBarePolls(
  { redis, barePrefix }: World,
  { count, intervalMs }: { count: number; intervalMs: number },
): Promise<Queue> {
  const queue = new Queue('poll', { connection: redis, prefix: barePrefix })
  const videos = videosToPoll(count, intervalMs)
  for (let from = 0; from < count; from += CHUNK) {
    await queue.addBulk(
      videos.slice(from, from + CHUNK).map(({ externalId, dueAt }) => ({
        name: 'poll',
        data: { externalId },
        opts: {
          jobId: externalId,
          delay: Math.max(0, dueAt - Date.now()),
          attempts: 1,
          removeOnComplete: true,
          removeOnFail: true,
        },
      })),
    )
  }
  return queue
}
