import type { Database } from '@reelay/db/client'
import type { SubmissionOutcome } from '@reelay/db/submission-outcome'

/**
 * What became of a submission at `at`; times in ms since 1970 by the database's clock. Before `waitsUntil` the
 * attempt is sent with no credential, and before a credential's time in `notBefore` not with that one.
 */
export type Step = {
  videoId: string
  attempt: number
  outcome: SubmissionOutcome
  credential: string
  at: number
  waitsUntil: number | null
  notBefore: Record<string, string>
}

/** A time in which nothing is sent with a credential, or nothing can be. */
export type Span = { credential: string; from: number; to: number }

/** Lets the database write down what becomes of submissions and when a credential is held, beside the tasks. */
export async function watchCredentials(db: Database): Promise<void> {
  await db.execute(`
    create table submission_history (
      serial bigserial primary key, video_id text, attempt int, outcome text, credential text,
      at timestamptz default clock_timestamp(), waits_until timestamptz, not_before jsonb
    );
    create function write_submission() returns trigger language plpgsql as $$ begin
      insert into submission_history (video_id, attempt, outcome, credential, waits_until, not_before)
      values (new.video_id, new.attempt, new.outcome, new.credential, new.waits_until, new.not_before);
      return null;
    end $$;
    create trigger write_submission after insert or update on submissions
      for each row execute function write_submission();
    create table hold_history (
      credential text, at timestamptz default clock_timestamp(), held_until timestamptz
    );
    create function write_hold() returns trigger language plpgsql as $$ begin
      insert into hold_history (credential, held_until) values (new.name, new.held_until);
      return null;
    end $$;
    create trigger write_hold after update of held_until on upstream_state
      for each row when (new.held_until is distinct from old.held_until) execute function write_hold()`)
}

export async function readSteps(db: Database): Promise<Step[]> {
  return (await db.execute(`
    select video_id as "videoId", attempt, outcome, credential, (extract(epoch from at) * 1000)::float8 as at,
      (extract(epoch from waits_until) * 1000)::float8 as "waitsUntil", not_before as "notBefore"
    from submission_history order by serial`)) as unknown as Step[]
}

export async function readHolds(db: Database): Promise<Span[]> {
  return (await db.execute(`
    select credential, (extract(epoch from at) * 1000)::float8 as from,
      (extract(epoch from held_until) * 1000)::float8 as to
    from hold_history where held_until is not null`)) as unknown as Span[]
}
