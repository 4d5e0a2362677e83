import type { CredentialId } from '@reelay/contracts/credential'
import { unfinishedStatuses } from '@reelay/contracts/lifecycle'
import { type SQL, sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { inFlightByCredential } from './credential-states.ts'
import { open, unfinished } from './literals.ts'
import { openOutcomes } from './submission-outcome.ts'

type TaskFigures = { status: string; count: number; overdue: number; oldestSeconds: number }
type HoldFigures = { credential: CredentialId; because: string }
type InFlightFigures = { credential: CredentialId; count: number }
type SubmissionFigures = { outcome: string; count: number; oldestSeconds: number }

const secondsSince = (instant: SQL) =>
  sql`greatest(0, extract(epoch from clock_timestamp() - min(${instant})))::float8`

export function createFigures(db: Database) {
  return async () => {
    const [tasks, submissions, holds, inFlight] = await Promise.all([
      db.execute<TaskFigures>(sql`
        select status, count(*)::int as count, (count(*) filter (where overdue))::int as overdue,
          ${secondsSince(sql`case status when 'QUEUED' then queued_at else accepted_at end`)} as "oldestSeconds"
        from video_tasks where status in ${unfinished} group by status`),
      db.execute<SubmissionFigures>(sql`
        select outcome, count(*)::int as count, ${secondsSince(sql`started_at`)} as "oldestSeconds"
        from submissions where outcome in ${open} group by outcome`),
      db.execute<HoldFigures>(sql`
        select name as credential, coalesce(held_because, 'upstream_errors') as because
        from upstream_state where failed_submits >= 3 and name like '%/%'`),
      db.execute<InFlightFigures>(inFlightByCredential),
    ])
    return {
      holds: [...holds],
      inFlight: [...inFlight],
      tasks: withZeros(tasks, unfinishedStatuses, (status) => ({
        status,
        count: 0,
        overdue: 0,
        oldestSeconds: 0,
      })),
      submissions: withZeros(submissions, openOutcomes, (outcome) => ({
        outcome,
        count: 0,
        oldestSeconds: 0,
      })),
    }
  }
}

/** A figure that is nothing is 0 and not absent: an alert can't tell absence from trouble. */
function withZeros<T extends object>(
  rows: Iterable<T>,
  names: readonly string[],
  zero: (name: string) => T,
): T[] {
  const all = [...rows]
  const present = new Set(all.flatMap((row) => Object.values(row)))
  return [...all, ...names.filter((name) => !present.has(name)).map(zero)]
}
