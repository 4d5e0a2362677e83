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
