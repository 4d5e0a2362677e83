import type { CredentialId } from '@reelay/contracts/credential'
import type { HoldReason } from '@reelay/contracts/lifecycle'
import { sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { literal, open } from './literals.ts'
import { credentialOrFirst, submissions, upstreamState, videoTasks } from './schema.ts'

/**
 * A credential that a row names, be it one that no file names any more. `inFlight` counts the videos that it makes or
 * may be making. A `hold` stands until a submission is answered otherwise; once it has passed, one submission at a
 * time is a probe.
 */
export type CredentialState = {
  credential: CredentialId
  inFlight: number
  hold: { until: Date; because: HoldReason } | undefined
}

type Row = {
  credential: CredentialId
  inFlight: number
  untilMs: number | null
  because: HoldReason
}

export const inFlightByCredential = sql`
  select credential, count(*)::int as count from (
    select credential from ${submissions} where outcome in ${open}
    union all select ${credentialOrFirst(videoTasks)} from ${videoTasks} where status = ${literal('PROCESSING')}
  ) made group by credential`

/** Credentials of the ledger, last a null: jumps from name to name in the index, however many rows have each. */
export const everUsed = sql`
  select min(credential) as credential from ${submissions}
  union all
  select (select min(s.credential) from ${submissions} s where s.credential > used.credential)
  from used where used.credential is not null`

export function createCredentialStates(db: Database) {
  return async (): Promise<CredentialState[]> => {
    const rows = await db.execute<Row>(sql`
      with recursive used as (${everUsed}), made as (${inFlightByCredential})
      select credential, coalesce(made.count, 0)::int as "inFlight",
        extract(epoch from held.held_until)::float8 * 1000 as "untilMs",
        coalesce(held.held_because, 'upstream_errors') as because
      from (
        select credential from used
        union select credential from made
        union select name from ${upstreamState} where name like '%/%'
      ) named
      left join made using (credential)
      left join ${upstreamState} held on held.name = credential and held.failed_submits >= 3
      where credential is not null
      order by credential`)
    return rows.map(({ credential, inFlight, untilMs, because }) => ({
      credential,
      inFlight,
      hold: untilMs === null ? undefined : { until: new Date(untilMs), because },
    }))
  }
}
