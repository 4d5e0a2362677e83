-- For processes of an earlier version, which know one credential, while they are replaced.
CREATE OR REPLACE FUNCTION may_submit(max_in_flight integer, sending_ms double precision)
RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT (max_in_flight IS NULL OR max_in_flight > (
    (SELECT count(*) FROM submissions WHERE outcome IN ('sending', 'in_doubt'))
    + (SELECT count(*) FROM video_tasks WHERE status = 'PROCESSING')
  ))
  AND NOT EXISTS (
    SELECT FROM upstream_state u
    WHERE u.name = 'upstream' AND u.failed_submits >= 3
    AND (u.held_until > clock_timestamp() OR EXISTS (
      SELECT FROM submissions
      WHERE outcome = 'sending' AND started_at > clock_timestamp() - sending_ms * interval '1 ms'
    ))
  )
$$;
