-- Of the candidates ({id, weight, maxInFlight, rate}) the one that this attempt is to be sent with now, with the turn
-- 'free': the one with the fewest videos in flight per weight, of equal ones the one that was not used for longest. Where
-- none is free, the one that may be first, why it may not be now, and in how many ms to ask again (0: unknown).
CREATE OR REPLACE FUNCTION choose_credential(
  new_video_id text, new_attempt integer, candidates jsonb, rate_window_ms double precision,
  sending_ms double precision, OUT credential text, OUT turn text, OUT wait_ms double precision
) LANGUAGE sql VOLATILE AS $$
  SELECT candidate.id, look.turn, look.wait_ms
  FROM jsonb_to_recordset(candidates) AS candidate (id text, weight integer, "maxInFlight" integer, rate integer)
  CROSS JOIN LATERAL turn_to_submit(
    new_video_id, new_attempt, candidate.id, candidate."maxInFlight", candidate.rate, rate_window_ms, sending_ms
  ) AS general
  -- It said not now to this attempt, and asked for time.
  CROSS JOIN LATERAL (
    SELECT extract(epoch FROM max((s.not_before ->> candidate.id)::timestamptz) - clock_timestamp()) * 1000 AS own_wait_ms
    FROM submissions s WHERE s.video_id = new_video_id AND s.attempt = new_attempt
  ) AS mine
  CROSS JOIN LATERAL (
    SELECT CASE WHEN mine.own_wait_ms > 0 THEN 'held' ELSE general.turn END AS turn,
      greatest(general.wait_ms, mine.own_wait_ms, 0) AS wait_ms
  ) AS look
  ORDER BY look.turn <> 'free',
    CASE WHEN look.turn <> 'free' THEN look.wait_ms
      WHEN jsonb_array_length(candidates) > 1 THEN in_flight(candidate.id)::double precision / candidate.weight
    END,
    CASE WHEN jsonb_array_length(candidates) > 1
      THEN (SELECT max(s.started_at) FROM submissions s WHERE s.credential = candidate.id)
    END NULLS FIRST
  LIMIT 1
$$;
