-- How many videos this credential is making, or may be making.
CREATE OR REPLACE FUNCTION in_flight(of_credential text) RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT (
    SELECT count(*) FROM submissions
    WHERE credential = of_credential AND outcome IN ('sending', 'in_doubt')
  ) + (
    SELECT count(*) FROM video_tasks
    WHERE coalesce(credential, 'default/default') = of_credential AND status = 'PROCESSING'
  )
$$;
