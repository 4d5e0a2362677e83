-- Notes that a submission was answered 5xx (because 'upstream_errors') or not now, and tells what that means:
-- `held`: it holds back all submissions for held_ms, or they are held back already;
-- `alone`: it waits by itself, for held_ms at least;
-- `refused`: it was a no to this request, which was answered so before a video was made for another one.
-- The third 5xx of different requests in a row holds back all, and each other answer does: for asked_ms if above 0,
-- else for 5 s doubling to 60 s, half of it random. What began before others were held back can only lengthen that.
-- A request whose trouble ended for others holds nobody back again. A no of which nobody can tell whom it is meant
-- for (may_be_refused) holds back all only once, unless upstream worked in the last ten minutes, and from the fourth
-- different request in a row on: then it is the key. A key that is rejected for a request whose trouble ended for others
-- may be no fault of the key: rejected once more after yet another video was made, it is a no to this request.
CREATE OR REPLACE FUNCTION note_trouble(
	sent_video_id text, sent_attempt integer, because text, may_be_refused boolean, asked_ms double precision,
	OUT means text, OUT held_ms double precision
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
	INSERT INTO upstream_state (name) VALUES ('upstream') ON CONFLICT DO NOTHING;
	SELECT * INTO state FROM upstream_state WHERE name = 'upstream' FOR UPDATE;
	SELECT * INTO sent FROM submissions WHERE video_id = sent_video_id AND attempt = sent_attempt;
	SELECT max(troubled_at), max(unclear_at) INTO troubled_before, unclear_before FROM submissions
	WHERE twin_key = sent.twin_key AND troubled_at IS NOT NULL AND outcome NOT IN ('accepted', 'adopted');
	asked_at := clock_timestamp();
	held_ms := greatest(0, coalesce(extract(epoch FROM state.held_until - asked_at) * 1000, 0));

	-- The same word once more, whose writer never heard that it was written.
	IF sent.troubled_at >= sent.started_at THEN
		means := CASE WHEN held_ms > 0 THEN 'held' ELSE 'alone' END;
		RETURN;
	END IF;
	IF (may_be_refused AND state.made_at > unclear_before)
		OR (because = 'key_rejected' AND sent.waits_because = because AND state.made_at > sent.unclear_at)
	THEN
		means := 'refused';
		RETURN;
	END IF;
	ended_for_others := coalesce(troubled_before <= state.worked_at, false);
	may_be_refused := may_be_refused OR (ended_for_others AND because = 'key_rejected');
	UPDATE submissions SET unclear_at = CASE WHEN may_be_refused THEN asked_at ELSE unclear_at END,
		troubled_at = CASE WHEN ended_for_others THEN troubled_before ELSE asked_at END
	WHERE video_id = sent_video_id AND attempt = sent_attempt;
	IF ended_for_others THEN
		-- While this is above 0, the next video that is made is written down.
		UPDATE upstream_state SET unclear_requests = greatest(unclear_requests, 1)
		WHERE name = 'upstream' AND may_be_refused;
		means := 'alone';
		RETURN;
	END IF;

	IF may_be_refused THEN
		IF troubled_before IS NULL THEN
			state.unclear_requests := state.unclear_requests + 1;
			holds := state.unclear_requests = 1 AND coalesce(state.made_at < asked_at - interval '10 minutes', true);
		ELSE
			holds := false;
		END IF;
		holds := holds OR state.unclear_requests >= 4;
	ELSIF because = 'upstream_errors' THEN
		holds := troubled_before IS NULL;
	END IF;

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
	UPDATE upstream_state SET failed_submits = state.failed_submits, held_until = state.held_until,
		held_because = state.held_because, unclear_requests = state.unclear_requests
	WHERE name = 'upstream';
	means := CASE WHEN holds THEN 'held' ELSE 'alone' END;
END
$$;
