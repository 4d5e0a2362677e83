import type { ArchiveState, TaskStatus } from '@reelay/contracts/lifecycle'
import type { Database } from '@reelay/db/client'

/** A task as it was after one committed change, `at` in ms since 1970 by the database's clock. */
export type Change = {
  videoId: string
  status: TaskStatus
  attempt: number
  version: number
  progress: number
  externalTaskId: string | null
  autoRetriesUsed: number
  archive: ArchiveState | null
  at: number
}

/**
 * Lets the database itself write down every change of every task; nothing of Reelay knows of it. What polls remember
 * of trouble is no change.
 */
export async function watchHistory(db: Database): Promise<void> {
  await db.execute(`
    create table task_history (
      serial bigserial primary key, video_id text, status text, attempt int, version int, progress int,
      external_task_id text, auto_retries_used int, archive text, updated_at timestamptz(3)
    );
    create function write_history() returns trigger language plpgsql as $$ begin
      if tg_op = 'UPDATE' and to_jsonb(new) - 'poll_trouble' = to_jsonb(old) - 'poll_trouble' then
        return null;
      end if;
      insert into task_history
        (video_id, status, attempt, version, progress, external_task_id, auto_retries_used, archive, updated_at)
      values (new.video_id, new.status, new.attempt, new.version, new.progress, new.external_task_id,
        new.auto_retries_used, new.archive, new.updated_at);
      return null;
    end $$;
    create trigger write_history after insert or update on video_tasks
      for each row execute function write_history()`)
}

export async function readHistory(db: Database): Promise<Map<string, Change[]>> {
  const rows = await db.execute(`
    select video_id as "videoId", status, attempt, version, progress, external_task_id as "externalTaskId",
      auto_retries_used as "autoRetriesUsed", archive,
      (extract(epoch from updated_at) * 1000)::float8 as at
    from task_history order by serial`)
  return Map.groupBy(rows as unknown as Change[], ({ videoId }) => videoId)
}
