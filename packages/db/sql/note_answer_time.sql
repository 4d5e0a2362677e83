-- Trigger of submissions that are sent no longer: where a credential has a limit a minute, one counts from its answer on.
CREATE OR REPLACE FUNCTION note_answer_time() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  UPDATE upstream_state SET sent_at = array_replace(sent_at, old.started_at, clock_timestamp()::timestamptz(3))
  WHERE name = old.credential AND old.started_at = ANY (sent_at);
  RETURN NULL;
END
$$;
