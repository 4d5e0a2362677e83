-- For processes of an earlier version, which know one credential, while they are replaced.
CREATE OR REPLACE FUNCTION begin_submission(
  new_video_id text, new_attempt integer, new_twin_key text, new_run_id uuid,
  max_in_flight integer, sending_ms double precision
) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  turn text;
BEGIN
  IF max_in_flight IS NOT NULL
    OR EXISTS (SELECT FROM upstream_state WHERE name = 'upstream' AND failed_submits >= 3)
  THEN
    -- The lock of processes that know several: nobody counts beside them.
    PERFORM pg_advisory_xact_lock(hashtextextended('begin_submission default/default', 0));
    turn := turn_to_submit(new_video_id, new_attempt, max_in_flight, sending_ms);
    IF turn <> 'free' THEN
      RETURN turn;
    END IF;
  END IF;

  WITH task AS (
    SELECT video_id, attempt FROM video_tasks
    WHERE video_id = new_video_id AND attempt = new_attempt AND status = 'QUEUED'
      -- They would leave out a picture, make a remix of an edit, and ask another upstream than the one that must make it.
      AND metadata -> 'input_reference' ->> 'sha256' IS NULL
      AND coalesce(metadata ->> 'type', '') NOT IN ('edit', 'extension')
      AND coalesce(pinned_to, 'default/default') IN ('default', 'default/default')
    FOR UPDATE
  )
  INSERT INTO submissions AS s (video_id, attempt, outcome, twin_key, run_id, started_at)
  SELECT video_id, attempt, 'sending', new_twin_key, new_run_id, clock_timestamp() FROM task
  ON CONFLICT (video_id, attempt) DO UPDATE
  SET outcome = 'sending', credential = 'default/default', twin_key = excluded.twin_key,
    run_id = excluded.run_id, started_at = clock_timestamp(), settled_at = NULL
  WHERE s.outcome = 'not_sent' AND s.run_id <> new_run_id;
  RETURN CASE WHEN FOUND THEN 'begun' ELSE 'not_queued' END;
END
$$;
