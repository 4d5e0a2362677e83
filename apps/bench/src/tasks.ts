import { jobId } from '@reelay/contracts/jobs'
import type { VideoId } from '@reelay/contracts/task'
import { keyPrefix } from '@reelay/queue/queues'
import { Queue } from 'bullmq'
import { sql } from 'drizzle-orm'
import type { World } from './world.ts'

const USERS = 100
const INSERTED_AT_ONCE = 5000
const CHUNK = 2000
/** Until the first of them is due: a worker that starts with many overdue looks at those in a bunch for ever. */
const START_MS = 4000

export async function insertProcessing({ db }: World, count: number): Promise<void> {
  await db.execute(sql`
    insert into users (username, email, password_hash)
    select 'user-' || i, 'user-' || i || '@example.org', '' from generate_series(1, ${USERS}) i`)
  for (let from = 0; from < count; from += INSERTED_AT_ONCE) {
    await db.execute(sql`
    insert into video_tasks
      (video_id, user_id, request_hash, status, external_task_id, prompt, model, size, seconds, metadata, accepted_at)
    select name, users.id, '', 'PROCESSING', 'ext_' || i, repeat('a cat in the rain ', 20),
      'sora-2', '1280x720', '8', '{"type": "remix"}', clock_timestamp()
    from generate_series(${from + 1}::int, ${Math.min(count, from + INSERTED_AT_ONCE)}::int) i
    cross join lateral (select 'video_1700000000000_' || lpad(i::text, 9, '0') as name) names
    join users on users.username = 'user-' || (i % ${USERS} + 1)`)
  }
  await db.execute(sql`
    insert into submissions (video_id, attempt, outcome, twin_key, run_id, external_id, settled_at)
    select video_id, 1, 'accepted', video_id, gen_random_uuid(), external_task_id, clock_timestamp()
    from video_tasks`)
  await db.execute(sql`vacuum analyze video_tasks, submissions`)
}

/** The polls of those tasks, evenly spread over one interval, for us and for the bare loop. */
export async function enqueuePolls(
  { redis, prefix, barePrefix }: World,
  { count, intervalMs, bare }: { count: number; intervalMs: number; bare: boolean },
): Promise<Queue> {
  const queue = new Queue('poll', { connection: redis, prefix: bare ? barePrefix : keyPrefix(prefix) })
  const startAt = Date.now() + START_MS
  for (let from = 0; from < count; from += CHUNK) {
    const some = Array.from({ length: Math.min(CHUNK, count - from) }, (_, at) => from + at + 1)
    await queue.addBulk(
      some.map((i) => {
        const videoId = `video_1700000000000_${String(i).padStart(9, '0')}` as VideoId
        return {
          name: 'poll',
          data: bare ? { externalId: `ext_${i}` } : { v: 1, videoId, attempt: 1 },
          opts: {
            jobId: jobId(videoId, 1),
            delay: intervalMs && Math.max(0, startAt + (i * intervalMs) / count - Date.now()),
            attempts: 1,
            removeOnComplete: true,
            removeOnFail: true,
          },
        }
      }),
    )
  }
  return queue
}
