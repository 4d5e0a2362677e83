-- Not called any more: note_trouble does its work. It stays for processes of an older version.
CREATE OR REPLACE FUNCTION hold_back(
  sent_video_id text, sent_attempt integer, not_now boolean, asked_ms double precision
) RETURNS double precision LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  state upstream_state;
  hold_ms double precision := asked_ms;
  asked_at timestamptz(3);
BEGIN
  INSERT INTO upstream_state (name) VALUES ('upstream') ON CONFLICT DO NOTHING;
  SELECT * INTO state FROM upstream_state WHERE name = 'upstream' FOR UPDATE;
  IF NOT EXISTS (
    SELECT FROM submissions
    WHERE video_id = sent_video_id AND attempt = sent_attempt AND started_at < state.held_until
  ) THEN
    state.failed_submits := greatest(state.failed_submits + 1, CASE WHEN not_now THEN 3 END);
    IF asked_ms = 0 THEN
      hold_ms := least(60000, 5000 * 2 ^ least(state.failed_submits - 3, 10)) * (0.5 + random() / 2);
    END IF;
  END IF;

  asked_at := clock_timestamp();
  IF state.failed_submits >= 3 THEN
    state.held_until := greatest(state.held_until, asked_at + hold_ms * interval '1 ms');
  END IF;
  UPDATE upstream_state SET failed_submits = state.failed_submits, held_until = state.held_until
  WHERE name = 'upstream';
  RETURN greatest(0, coalesce(extract(epoch FROM state.held_until - asked_at) * 1000, 0));
END
$$;
