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
