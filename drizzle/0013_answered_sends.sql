-- Whether this attempt may be sent with this credential now. turn: 'free'; 'held', for wait_ms; 'no_permit': as many are
-- under way, or were answered within rate_window_ms or not yet, as may be; 'not_its_turn': for three seconds after a hold, tasks that had no
-- trouble go before those that had. What began sending_ms ago is no longer being sent.
CREATE OR REPLACE FUNCTION turn_to_submit(
  new_video_id text, new_attempt integer, sent_with text, max_in_flight integer, rate integer,
  rate_window_ms double precision, sending_ms double precision, OUT turn text, OUT wait_ms double precision
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  state upstream_state;
  asked_at timestamptz := clock_timestamp();
  window_begins timestamptz := asked_at - rate_window_ms * interval '1 ms';
BEGIN
  wait_ms := 0;
  SELECT * INTO state FROM upstream_state WHERE name = sent_with;

  IF state.failed_submits >= 3 THEN
    IF state.held_until > asked_at THEN
      turn := 'held';
      wait_ms := extract(epoch FROM state.held_until - asked_at) * 1000;
      RETURN;
    END IF;
    -- After a hold one goes at a time.
    IF EXISTS (
      SELECT FROM submissions WHERE credential = sent_with AND outcome = 'sending'
      AND started_at > asked_at - sending_ms * interval '1 ms'
    ) THEN
      turn := 'no_permit';
      RETURN;
    END IF;
    -- This request was part of the trouble that led to the hold, and another waits that was not.
    IF state.held_until > asked_at - interval '3 seconds'
      AND EXISTS (
        SELECT FROM submissions WHERE video_id = new_video_id AND attempt = new_attempt
        AND troubled_at > coalesce(state.worked_at, '-infinity')
      )
      AND EXISTS (
        SELECT FROM video_tasks t
        WHERE t.status = 'QUEUED'
        AND coalesce(t.pinned_to, sent_with) IN (sent_with, split_part(sent_with, '/', 1))
        AND NOT EXISTS (
          SELECT FROM submissions s
          WHERE s.video_id = t.video_id AND s.attempt = t.attempt
          AND (s.outcome IN ('sending', 'in_doubt') OR s.troubled_at > coalesce(state.worked_at, '-infinity'))
        )
      )
    THEN
      turn := 'not_its_turn';
      RETURN;
    END IF;
  END IF;

  IF max_in_flight <= in_flight(sent_with) THEN
    turn := 'no_permit';
    RETURN;
  END IF;
  -- Upstream counts a request when it takes it up, which may be long after it was sent, but is before it answers.
  IF rate <= (
    SELECT count(*) FROM unnest(state.sent_at) AS sent WHERE sent > window_begins
  ) + (
    SELECT count(*) FROM submissions
    WHERE credential = sent_with AND outcome = 'sending' AND started_at <= window_begins
      AND started_at > asked_at - sending_ms * interval '1 ms'
  ) THEN
    turn := 'no_permit';
    wait_ms := (
      SELECT extract(epoch FROM min(sent) - window_begins) * 1000
      FROM unnest(state.sent_at) AS sent WHERE sent > window_begins
    );
    RETURN;
  END IF;
  turn := 'free';
END
$$;
--> statement-breakpoint
-- Records that a submission is about to be sent with a credential, and returns 'begun' or why it may not be. A lock lets
-- only one count a credential's permits at a time. A run that said it sent nothing can't begin later, though its
-- statement may arrive late.
CREATE OR REPLACE FUNCTION begin_submission(
  new_video_id text, new_attempt integer, new_twin_key text, new_run_id uuid, sent_with text,
  max_in_flight integer, rate integer, rate_window_ms double precision, sending_ms double precision
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
    WHERE video_id = new_video_id AND attempt = new_attempt AND status = 'QUEUED' FOR UPDATE
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
--> statement-breakpoint
-- Trigger of submissions that are sent no longer: where a credential has a limit a minute, one counts from its answer on.
CREATE OR REPLACE FUNCTION note_answer_time() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  UPDATE upstream_state SET sent_at = array_replace(sent_at, old.started_at, clock_timestamp()::timestamptz(3))
  WHERE name = old.credential AND old.started_at = ANY (sent_at);
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER submissions_answered AFTER UPDATE OF outcome ON submissions FOR EACH ROW
WHEN (old.outcome = 'sending' AND new.outcome <> 'sending') EXECUTE FUNCTION note_answer_time();
