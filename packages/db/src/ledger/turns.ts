import type { CredentialId } from '@reelay/contracts/credential'
import type { HoldReason } from '@reelay/contracts/lifecycle'
import { sql } from 'drizzle-orm'
import type { Database } from '../client.ts'
import type { Hold } from './holds.ts'

/**
 * What `chooseCredential` judges one credential by, and the time by the database's clock. `inFlight` counts the
 * videos that it makes or may be making. The `hold` is the last one, be it over, until a submission is answered
 * otherwise. After a hold one submission goes at a time: `isProbed` says whether one is on its way.
 */
export type TurnFacts = {
  now: Date
  inFlight: number
  hold: Hold | undefined
  isProbed: boolean
}

type Row = {
  nowMs: number
  inFlight: number
  isProbed: boolean
  untilMs: number | null
  because: HoldReason
}

export function createTurnReads(db: Database) {
  return {
    async turnFacts(credential: CredentialId, { sendingMs }: { sendingMs: number }): Promise<TurnFacts> {
      const [row] = await db.execute<Row>(sql`
        select extract(epoch from clock_timestamp())::float8 * 1000 as "nowMs",
          in_flight(one.id)::int as "inFlight",
          u.name is not null and exists (
            select from submissions where credential = one.id and outcome = 'sending'
            and started_at > clock_timestamp() - ${sendingMs} * interval '1 ms'
          ) as "isProbed",
          extract(epoch from u.held_until)::float8 * 1000 as "untilMs",
          coalesce(u.held_because, 'upstream_errors') as because
        from (select ${credential}::text as id) one
        left join upstream_state u on u.name = one.id and u.failed_submits >= 3`)
      if (!row) throw new Error('Postgres does not tell the time')
      const { nowMs, inFlight, isProbed, untilMs, because } = row
      const hold = untilMs === null ? undefined : { until: new Date(untilMs), because }
      return { now: new Date(nowMs), inFlight, hold, isProbed }
    },
  }
}
