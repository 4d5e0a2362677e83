-- For processes of an earlier version, which know one credential, while they are replaced.
CREATE OR REPLACE FUNCTION turn_to_submit(
  new_video_id text, new_attempt integer, max_in_flight integer, sending_ms double precision
) RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT CASE
    WHEN NOT may_submit(max_in_flight, sending_ms) THEN 'no_permit'
    WHEN EXISTS (
      -- There was a hold, this request was part of the trouble that led to it, and another waits that was not.
      SELECT FROM upstream_state u JOIN submissions mine
        ON mine.video_id = new_video_id AND mine.attempt = new_attempt
        AND mine.troubled_at > coalesce(u.worked_at, '-infinity')
      WHERE u.name = 'upstream' AND u.failed_submits >= 3
      AND u.held_until > clock_timestamp() - interval '3 seconds'
      AND EXISTS (
        SELECT FROM video_tasks t
        WHERE t.status = 'QUEUED' AND NOT EXISTS (
          SELECT FROM submissions s
          WHERE s.video_id = t.video_id AND s.attempt = t.attempt
          AND (s.outcome IN ('sending', 'in_doubt') OR s.troubled_at > coalesce(u.worked_at, '-infinity'))
        )
      )
    ) THEN 'not_its_turn'
    ELSE 'free'
  END
$$;
