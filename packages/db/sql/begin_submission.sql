-- Records that a submission is about to be sent with a credential, and returns 'begun' or why it may not be. A lock lets
-- only one count a credential's permits at a time. A run that said it sent nothing can't begin later, though its
-- statement may arrive late.
CREATE OR REPLACE FUNCTION begin_submission(
  new_video_id text, new_attempt integer, new_twin_key text, new_run_id uuid, sent_with text,
  max_in_flight integer, rate integer, rate_window_ms double precision, sending_ms double precision, kind text
) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  look record;
  begun_at timestamptz(3);
BEGIN
  IF max_in_flight IS NOT NULL OR rate IS NOT NULL
    OR EXISTS (SELECT FROM upstream_state WHERE name = sent_with AND failed_submits >= 3)
  THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('begin_submission ' || sent_with, 0));
    SELECT * INTO look FROM turn_to_submit(
      new_video_id, new_attempt, sent_with, max_in_flight, rate, rate_window_ms, sending_ms
    );
    IF look.turn <> 'free' THEN
      RETURN look.turn;
    END IF;
  END IF;

  begun_at := clock_timestamp();
  WITH task AS (
    SELECT video_id, attempt FROM video_tasks
    WHERE video_id = new_video_id AND attempt = new_attempt AND status = 'QUEUED'
      -- Whoever doesn't say that it sends an edit would make a remix of it.
      AND (coalesce(metadata ->> 'type', '') NOT IN ('edit', 'extension') OR metadata ->> 'type' = kind)
    FOR UPDATE
  )
  INSERT INTO submissions AS s (video_id, attempt, outcome, credential, twin_key, run_id, started_at)
  SELECT video_id, attempt, 'sending', sent_with, new_twin_key, new_run_id, begun_at FROM task
  ON CONFLICT (video_id, attempt) DO UPDATE
  SET outcome = 'sending', credential = excluded.credential, twin_key = excluded.twin_key,
    run_id = excluded.run_id, started_at = begun_at, settled_at = NULL
  WHERE s.outcome = 'not_sent' AND s.run_id <> new_run_id;
  IF NOT FOUND THEN
    RETURN 'not_queued';
  END IF;

  IF rate IS NOT NULL THEN
    INSERT INTO upstream_state AS u (name, sent_at) VALUES (sent_with, ARRAY[begun_at])
    ON CONFLICT (name) DO UPDATE SET sent_at = begun_at || ARRAY(
      SELECT sent FROM unnest(u.sent_at) AS sent
      WHERE sent > clock_timestamp() - rate_window_ms * interval '1 ms'
    );
  END IF;
  RETURN 'begun';
END
$$;
