-- Trigger of tasks: appends what an insert or a move is to the task's timeline. That a task was accepted the ledger says,
-- and that its clip goes with it is part of its deletion. A second try has the code of what failed before it, and a
-- worker of the version before hands none on.
CREATE OR REPLACE FUNCTION note_task_events() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  happened text := CASE
    WHEN tg_op = 'INSERT' THEN
      CASE new.status WHEN 'PROCESSING' THEN 'imported' WHEN 'COMPLETED' THEN 'uploaded' ELSE 'created' END
    WHEN old.deleted_at IS NULL AND new.deleted_at IS NOT NULL THEN 'deleted'
    WHEN old.status <> new.status THEN
      CASE new.status
        WHEN 'QUEUED' THEN CASE old.status WHEN 'PROCESSING' THEN 'second_try' ELSE 'retried' END
        WHEN 'COMPLETED' THEN 'completed'
        WHEN 'FAILED' THEN 'failed'
        WHEN 'CANCELLED' THEN 'cancelled'
      END
    WHEN old.archive IS DISTINCT FROM new.archive THEN
      CASE new.archive WHEN 'done' THEN 'archived' WHEN 'lost' THEN 'archive_lost' WHEN 'removed' THEN 'clip_removed' END
    WHEN new.progress / 10 > old.progress / 10 THEN 'progress'
  END;
BEGIN
  IF happened IS NOT NULL THEN
    INSERT INTO task_events (video_id, what, attempt, credential, code, upstream_code, progress)
    VALUES (
      new.video_id, happened, new.attempt, new.credential,
      CASE happened WHEN 'failed' THEN new.error_code WHEN 'second_try' THEN 'upstream_failed' END,
      CASE WHEN happened IN ('failed', 'second_try') THEN new.upstream_code END,
      CASE happened WHEN 'progress' THEN new.progress END
    );
  END IF;
  IF tg_op = 'UPDATE' AND new.overdue AND NOT old.overdue THEN
    INSERT INTO task_events (video_id, what, attempt, credential)
    VALUES (new.video_id, 'overdue', new.attempt, new.credential);
  END IF;
  RETURN NULL;
END
$$;
