import type { CredentialId } from '@reelay/contracts/credential'
import type { HoldReason } from '@reelay/contracts/lifecycle'
import { sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import type { TaskAttempt } from './task-columns.ts'

export type UpstreamState = ReturnType<typeof createUpstreamState>

const LONGEST_STRETCH = 12

const minutesSince = sql`extract(epoch from clock_timestamp() - u.stretched_at)::float8 / 60`
/** Half of what is left of the stretch is gone each minute. A power of less than -1074 is an error rather than zero. */
const stretchNow = sql`greatest(1, u.poll_stretch * 2 ^ greatest(-60, -${minutesSince}))`

export type SubmissionTrouble = {
  because: HoldReason
  mayBeRefused?: boolean
  retryAfterMs?: number | undefined
}

/** What one more trouble means for the submission that met it; others are held back for another `heldMs`. */
export type TroubleNoted = { means: 'held' | 'alone' | 'refused'; heldMs: number }

export type Throttle = { now: number; factors: Partial<Record<CredentialId, number>> }

export function createUpstreamState(db: Database) {
  return { ...createTrouble(db), ...createThrottle(db) }
}

function createTrouble(db: Database) {
  return {
    /**
     * A submission was answered 5xx or not now, perhaps with a wish to be asked again after `retryAfterMs`. The third
     * 5xx in a row, or one of the others, holds back all with this credential; a request that did so before, none.
     */
    async noteTrouble(
      { videoId, attempt }: TaskAttempt,
      credential: CredentialId,
      { because, mayBeRefused = false, retryAfterMs = 0 }: SubmissionTrouble,
    ): Promise<TroubleNoted> {
      const [noted] = await db.execute<TroubleNoted>(sql`
        select means, held_ms as "heldMs"
        from note_trouble(
          ${videoId}, ${attempt}, ${credential}, ${because}, ${mayBeRefused}, ${retryAfterMs}
        )`)
      return noted ?? { means: 'alone', heldMs: 0 }
    },

    /**
     * A submission was answered otherwise, with a video if one was `made`: upstream works, unless others were held
     * back while it was on its way.
     */
    async noteAnswer(
      { videoId, attempt }: TaskAttempt,
      credential: CredentialId,
      made: boolean,
    ): Promise<void> {
      await db.execute(sql`
        update upstream_state u set failed_submits = 0, unclear_requests = 0, held_because = null,
          worked_at = clock_timestamp(), made_at = case when ${made} then clock_timestamp() else made_at end
        where name = ${credential}
        and (failed_submits > 0 or unclear_requests > 0 or (${made} and worked_at > coalesce(made_at, '-infinity')))
        and not exists (
          select from submissions s
          where s.video_id = ${videoId} and s.attempt = ${attempt} and s.started_at < u.held_until
        )`)
    },
  }
}

function createThrottle(db: Database) {
  return {
    /** The database's clock in ms since 1970, and what poll intervals are to be multiplied by, 1 to 12, by credential. */
    async throttle(): Promise<Throttle> {
      const [throttle] = await db.execute<{ now: number; factors: Record<CredentialId, number> }>(sql`
        select (extract(epoch from clock_timestamp()) * 1000)::float8 as now, (
          select coalesce(jsonb_object_agg(u.name, ${stretchNow}), '{}') from upstream_state u where u.poll_stretch > 1
        ) as factors`)
      if (!throttle) throw new Error('Postgres does not tell the time')
      return throttle
    },

    /** Doubles a credential's stretch, at most once in the time that the last doubling takes to show. */
    async slowPollsDown(credential: CredentialId, pollIntervalMs: number): Promise<void> {
      await db.execute(sql`
        insert into upstream_state as u (name, poll_stretch) values (${credential}, 2)
        on conflict (name) do update
        set poll_stretch = least(${LONGEST_STRETCH}, 2 * ${stretchNow}), stretched_at = clock_timestamp()
        where u.poll_stretch = 1
        or u.stretched_at < clock_timestamp() - ${pollIntervalMs} * ${stretchNow} * interval '1 ms'`)
    },
  }
}
