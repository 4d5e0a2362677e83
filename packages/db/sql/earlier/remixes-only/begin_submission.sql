-- For processes of an earlier version, which know no edits and no extensions, while they are replaced.
CREATE OR REPLACE FUNCTION begin_submission(
  new_video_id text, new_attempt integer, new_twin_key text, new_run_id uuid, sent_with text,
  max_in_flight integer, rate integer, rate_window_ms double precision, sending_ms double precision
) RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT begin_submission(
    new_video_id, new_attempt, new_twin_key, new_run_id, sent_with,
    max_in_flight, rate, rate_window_ms, sending_ms, NULL
  )
$$;
