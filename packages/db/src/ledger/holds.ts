import type { CredentialId } from '@reelay/contracts/credential'
import type { HoldReason } from '@reelay/contracts/lifecycle'
import type { VideoId } from '@reelay/contracts/task'
import { sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import type { TaskRow } from '../schema.ts'

export type Hold = { because: HoldReason; until: Date }

export function createHoldReads(db: Database) {
  return {
    /**
     * Why those of these tasks that are QUEUED aren't sent now, and until when: with all others, while each of the
     * `active` credentials that may make it is held, or by themselves.
     */
    async holdsOf(
      tasks: Pick<TaskRow, 'videoId' | 'status'>[],
      active: readonly CredentialId[],
    ): Promise<Map<VideoId, Hold>> {
      const queued = tasks.filter(({ status }) => status === 'QUEUED').map(({ videoId }) => videoId)
      if (queued.length === 0) return new Map()
      const rows = await db.execute<{ videoId: VideoId; because: HoldReason; untilMs: number }>(sql`
        select t.video_id as "videoId",
          case when s.waits_until > held.until or held.until is null then s.waits_because
            else coalesce(held.because, 'upstream_errors') end as because,
          extract(epoch from greatest(held.until, s.waits_until))::float8 * 1000 as "untilMs"
        from video_tasks t
        left join submissions s on s.video_id = t.video_id and s.attempt = t.attempt
          and s.outcome = 'not_sent' and s.waits_until > clock_timestamp()
        left join lateral (
          select u.held_until as until, u.held_because as because
          from (
            select id from jsonb_array_elements_text(${JSON.stringify(active)}::jsonb) as id
            where coalesce(t.pinned_to, id) in (id, split_part(id, '/', 1))
            union select t.pinned_to where t.pinned_to like '%/%'
          ) candidate
          left join upstream_state u on u.name = candidate.id
            and u.failed_submits >= 3 and u.held_until > clock_timestamp()
          order by u.held_until nulls first limit 1
        ) held on true
        where t.video_id in ${queued} and t.status = 'QUEUED'
        and (s.waits_until is not null or held.until is not null)`)
      return new Map(
        rows.map(({ videoId, because, untilMs }) => [videoId, { because, until: new Date(untilMs) }]),
      )
    },
  }
}
