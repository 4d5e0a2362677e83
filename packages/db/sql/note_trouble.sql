-- Notes that upstream refused a submission for now, or failed with a 5xx ('upstream_errors'), and returns what it means:
-- 'held': all submissions with this credential wait for held_ms; 'alone': only this one waits; 'refused': the no is
-- meant for this request.
CREATE OR REPLACE FUNCTION note_trouble(
  sent_video_id text, sent_attempt integer, sent_with text, because text, may_be_refused boolean,
  asked_ms double precision, OUT means text, OUT held_ms double precision
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  state upstream_state;
  sent submissions;
  troubled_before timestamptz;
  unclear_before timestamptz;
  asked_at timestamptz(3);
  holds boolean := true;
  ended_for_others boolean;
  hold_ms double precision := asked_ms;
BEGIN
  -- One at a time: the row is locked until this has ended.
  INSERT INTO upstream_state (name) VALUES (sent_with) ON CONFLICT DO NOTHING;
  SELECT * INTO state FROM upstream_state WHERE name = sent_with FOR UPDATE;
  SELECT * INTO sent FROM submissions WHERE video_id = sent_video_id AND attempt = sent_attempt;
  -- Trouble that requests like this one had before, and that did not end with a video.
  SELECT max(troubled_at), max(unclear_at) INTO troubled_before, unclear_before FROM submissions
  WHERE twin_key = sent.twin_key AND troubled_at IS NOT NULL AND outcome NOT IN ('accepted', 'adopted');
  asked_at := clock_timestamp();
  held_ms := greatest(0, coalesce(extract(epoch FROM state.held_until - asked_at) * 1000, 0));

  -- Noted already: whoever wrote it lost the reply.
  IF sent.troubled_at >= sent.started_at THEN
    means := CASE WHEN held_ms > 0 THEN 'held' ELSE 'alone' END;
    RETURN;
  END IF;

  -- The same answer as before, and another request's video was made in between.
  IF (may_be_refused AND state.made_at > unclear_before)
    OR (because = 'key_rejected' AND sent.waits_because = because AND state.made_at > sent.unclear_at)
  THEN
    means := 'refused';
    RETURN;
  END IF;

  ended_for_others := coalesce(troubled_before <= state.worked_at, false);
  may_be_refused := may_be_refused OR (ended_for_others AND because = 'key_rejected');
  UPDATE submissions
  SET unclear_at = CASE WHEN may_be_refused THEN asked_at ELSE unclear_at END,
    troubled_at = CASE WHEN ended_for_others THEN troubled_before ELSE asked_at END
  WHERE video_id = sent_video_id AND attempt = sent_attempt;

  -- Others got through since: it waits by itself. While unclear_requests is above 0, the next video is noted in made_at.
  IF ended_for_others THEN
    UPDATE upstream_state SET unclear_requests = greatest(unclear_requests, 1)
    WHERE name = sent_with AND may_be_refused;
    means := 'alone';
    RETURN;
  END IF;

  -- An answer that may be meant for this request holds all once, unless a video was made in the last ten minutes; from
  -- the fourth such request in a row on it is the key. Of 5xx only the first for a request counts.
  IF may_be_refused THEN
    IF troubled_before IS NULL THEN
      state.unclear_requests := state.unclear_requests + 1;
      holds := state.unclear_requests = 1
        AND coalesce(state.made_at < asked_at - interval '10 minutes', true);
    ELSE
      holds := false;
    END IF;
    holds := holds OR state.unclear_requests >= 4;
  ELSIF because = 'upstream_errors' THEN
    holds := troubled_before IS NULL;
  END IF;

  -- The third 5xx in a row holds, any other answer does at once: for as long as upstream asked, or for 5 s that double
  -- to 60 s, half of it random. What began before the last hold can only lengthen it.
  IF holds AND coalesce(sent.started_at >= state.held_until, true) THEN
    state.failed_submits := greatest(
      state.failed_submits + 1, CASE WHEN because <> 'upstream_errors' THEN 3 END
    );
    IF asked_ms = 0 THEN
      hold_ms := least(60000, 5000 * 2 ^ least(state.failed_submits - 3, 10)) * (0.5 + random() / 2);
    END IF;
  END IF;

  holds := holds AND state.failed_submits >= 3;
  IF holds AND coalesce(asked_at + hold_ms * interval '1 ms' > state.held_until, true) THEN
    state.held_until := asked_at + hold_ms * interval '1 ms';
    state.held_because := because;
    held_ms := extract(epoch FROM state.held_until - asked_at) * 1000;
  END IF;
  UPDATE upstream_state
  SET failed_submits = state.failed_submits, held_until = state.held_until,
    held_because = state.held_because, unclear_requests = state.unclear_requests
  WHERE name = sent_with;
  means := CASE WHEN holds THEN 'held' ELSE 'alone' END;
END
$$;
