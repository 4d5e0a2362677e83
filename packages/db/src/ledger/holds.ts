import type { HoldReason } from '@reelay/contracts/lifecycle'
import type { VideoId } from '@reelay/contracts/task'
import { sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import type { TaskRow } from '../schema.ts'

export type Hold = { because: HoldReason; until: Date }

export function createHoldReads(db: Database) {
  return {
    /** Why those of these tasks that are QUEUED aren't sent now, and until when: with all others, or by themselves. */
    async holdsOf(tasks: Pick<TaskRow, 'videoId' | 'status'>[]): Promise<Map<VideoId, Hold>> {
      const queued = tasks.filter(({ status }) => status === 'QUEUED').map(({ videoId }) => videoId)
      if (queued.length === 0) return new Map()
      const rows = await db.execute<{ videoId: VideoId; because: HoldReason; untilMs: number }>(sql`
        select t.video_id as "videoId",
          case when s.waits_until > u.held_until or u.name is null then s.waits_because
            else coalesce(u.held_because, 'upstream_errors') end as because,
          extract(epoch from greatest(u.held_until, s.waits_until))::float8 * 1000 as "untilMs"
        from video_tasks t
        left join submissions s on s.video_id = t.video_id and s.attempt = t.attempt
          and s.outcome = 'not_sent' and s.waits_until > clock_timestamp()
        left join upstream_state u on u.name = 'upstream'
          and u.failed_submits >= 3 and u.held_until > clock_timestamp()
        where t.video_id in ${queued} and t.status = 'QUEUED'
        and (s.waits_until is not null or u.held_until is not null)`)
      return new Map(
        rows.map(({ videoId, because, untilMs }) => [videoId, { because, until: new Date(untilMs) }]),
      )
    },
  }
}
