CREATE TABLE "task_events" (
	"video_id" text NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "task_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"what" text NOT NULL,
	"attempt" integer NOT NULL,
	"credential" text,
	"code" text,
	"upstream_code" text,
	"progress" smallint,
	CONSTRAINT "task_events_video_id_id_pk" PRIMARY KEY("video_id","id"),
	CONSTRAINT "task_events_what" CHECK ("task_events"."what" in ('created', 'imported', 'uploaded', 'sending', 'accepted', 'adopted', 'refused', 'not_sent', 'in_doubt', 'given_up', 'progress', 'overdue', 'completed', 'failed', 'second_try', 'cancelled', 'retried', 'archived', 'archive_lost', 'clip_removed', 'deleted'))
);
--> statement-breakpoint
-- Whoever writes tasks now is refused nothing before grants.sql is run again.
DO $$
DECLARE
  writer record;
BEGIN
  FOR writer IN
    SELECT DISTINCT rolname FROM pg_class, aclexplode(relacl) AS granted JOIN pg_roles ON pg_roles.oid = granted.grantee
    WHERE pg_class.oid = 'video_tasks'::regclass AND privilege_type = 'INSERT'
  LOOP
    EXECUTE format('GRANT SELECT, INSERT ON task_events TO %I', writer.rolname);
  END LOOP;
END
$$;
--> statement-breakpoint
-- Trigger of tasks: appends what an insert or a move is to the task's timeline. That a task was accepted the ledger says,
-- and that its clip goes with it is part of its deletion.
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
      CASE happened WHEN 'failed' THEN new.error_code END,
      CASE happened WHEN 'failed' THEN new.upstream_code END,
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
--> statement-breakpoint
-- Trigger of the ledger: appends what becomes of a submission to the timeline of its task. Why one was not sent is said
-- by itself, or by its credential while that is held.
CREATE OR REPLACE FUNCTION note_submission_event() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  because text;
BEGIN
  IF new.outcome = 'not_sent' THEN
    because := coalesce(new.waits_because, (
      SELECT held_because FROM upstream_state
      WHERE name = new.credential AND failed_submits >= 3 AND held_until > clock_timestamp()
    ));
  END IF;
  INSERT INTO task_events (video_id, what, attempt, credential, code)
  VALUES (
    new.video_id, CASE new.outcome WHEN 'unknown' THEN 'given_up' ELSE new.outcome END,
    new.attempt, new.credential, because
  );
  RETURN NULL;
END
$$;
--> statement-breakpoint
-- What never went on its way is told by the task alone: an import, and one that failed unsent.
CREATE TRIGGER submissions_noted AFTER INSERT ON submissions FOR EACH ROW
WHEN (new.twin_key <> '-' OR (new.outcome = 'adopted' AND new.attempt > 1)) EXECUTE FUNCTION note_submission_event();
--> statement-breakpoint
CREATE TRIGGER submissions_settled_noted AFTER UPDATE OF outcome ON submissions FOR EACH ROW
WHEN (old.outcome <> new.outcome) EXECUTE FUNCTION note_submission_event();
--> statement-breakpoint
CREATE TRIGGER video_tasks_noted AFTER INSERT ON video_tasks FOR EACH ROW EXECUTE FUNCTION note_task_events();
--> statement-breakpoint
CREATE TRIGGER video_tasks_moves_noted
AFTER UPDATE OF status, progress, overdue, archive, deleted_at ON video_tasks FOR EACH ROW
WHEN (
  (old.status <> new.status AND new.status <> 'PROCESSING')
  OR (old.status = new.status AND new.progress / 10 > old.progress / 10)
  OR (new.overdue AND NOT old.overdue)
  OR (old.archive IS DISTINCT FROM new.archive AND new.archive IN ('done', 'lost', 'removed'))
  OR (old.deleted_at IS NULL AND new.deleted_at IS NOT NULL)
) EXECUTE FUNCTION note_task_events();
