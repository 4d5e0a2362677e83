import type { VideoId } from '@reelay/contracts/task'
import { desc, inArray, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import { everUsed } from '../credential-states.ts'
import { users, videoTasks } from '../schema.ts'

const columns = {
  videoId: videoTasks.videoId,
  status: videoTasks.status,
  attempt: videoTasks.attempt,
  /** A join would read all users. */
  username: sql<string>`(select u.username from users u where u.id = video_tasks.user_id)`,
  externalTaskId: videoTasks.externalTaskId,
  credential: videoTasks.credential,
  errorCode: videoTasks.errorCode,
  createdAt: videoTasks.createdAt,
  acceptedAt: videoTasks.acceptedAt,
  deletedAt: videoTasks.deletedAt,
}

const A_GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What operators look for. Nothing is read through: each kind of id has its index. */
export function createSearch(db: Database) {
  return {
    /**
     * Tasks that an id belongs to as a whole, deleted ones too, the newest first: the task's own, upstream's of any
     * attempt, the client's, a job's, or that of the user or the user's name.
     */
    async searchById(id: string, limit: number) {
      const rows = await db.execute<{ videoId: VideoId }>(sql`
        ${byTask(id)} union ${byRequest(id, limit)} union ${byUpstream(id, limit)} union ${byUser(id, limit)}`)
      const videoIds = rows.map(({ videoId }) => videoId)
      if (videoIds.length === 0) return []
      return db
        .select(columns)
        .from(videoTasks)
        .where(inArray(videoTasks.videoId, videoIds))
        .orderBy(desc(videoTasks.createdAt), desc(videoTasks.videoId))
        .limit(limit)
    },
  }
}

/** A job is called by its task and attempt. */
function byTask(id: string): SQL {
  return sql`(select video_id as "videoId" from ${videoTasks}
    where video_id in (${id}, ${id.replace(/-\d{1,9}$/, '')}))`
}

function byRequest(id: string, limit: number): SQL {
  return sql`(select video_id from ${videoTasks} where client_request_id = ${id}
    order by created_at desc limit ${limit})`
}

/** Upstreams are few, and the index on what they call their videos has each by name. */
function byUpstream(id: string, limit: number): SQL {
  return sql`(with recursive used as (${everUsed})
    select made.video_id
    from (select distinct split_part(credential, '/', 1) as name from used where credential is not null) upstream
    cross join lateral (
      select s.video_id from submissions s
      where split_part(s.credential, '/', 1) = upstream.name and s.external_id = ${id} limit 1
    ) made
    limit ${limit})`
}

function byUser(id: string, limit: number): SQL {
  const user = A_GUID.test(id) ? sql`id = ${id}::uuid` : sql`lower(username) = lower(${id})`
  return sql`(select own.video_id from (select id from ${users} where ${user}) named
    cross join lateral (
      select t.video_id from video_tasks t where t.user_id = named.id
      order by t.created_at desc, t.video_id desc limit ${limit}
    ) own)`
}
