ALTER TABLE "submissions" ADD COLUMN "troubled_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "submissions" ADD COLUMN "unclear_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "submissions" ADD COLUMN "waits_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "submissions" ADD COLUMN "waits_because" text;--> statement-breakpoint
ALTER TABLE "upstream_state" ADD COLUMN "held_because" text;--> statement-breakpoint
ALTER TABLE "upstream_state" ADD COLUMN "unclear_requests" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "upstream_state" ADD COLUMN "worked_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "upstream_state" ADD COLUMN "made_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "submissions_troubled" ON "submissions" USING btree ("twin_key") WHERE "submissions"."troubled_at" is not null;--> statement-breakpoint
-- Whether this attempt may be sent now: `no_permit` while may_submit says no; `not_its_turn` for three seconds after
-- others were held back, if it is one of those that were answered no in this row of trouble and there is another.
CREATE FUNCTION turn_to_submit(
	new_video_id text, new_attempt integer, max_in_flight integer, sending_ms double precision
) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT CASE
		WHEN NOT may_submit(max_in_flight, sending_ms) THEN 'no_permit'
		WHEN EXISTS (
			SELECT FROM upstream_state u JOIN submissions mine
				ON mine.video_id = new_video_id AND mine.attempt = new_attempt
				AND mine.troubled_at > coalesce(u.worked_at, '-infinity')
			WHERE u.name = 'upstream' AND u.failed_submits >= 3
			AND u.held_until > clock_timestamp() - interval '3 seconds'
			AND EXISTS (
				SELECT FROM video_tasks t WHERE t.status = 'QUEUED' AND NOT EXISTS (
					SELECT FROM submissions s WHERE s.video_id = t.video_id AND s.attempt = t.attempt
					AND (s.outcome IN ('sending', 'in_doubt') OR s.troubled_at > coalesce(u.worked_at, '-infinity'))
				)
			)
		) THEN 'not_its_turn'
		ELSE 'free'
	END
$$;
--> statement-breakpoint
-- Records that a submission is about to be sent. Permits and turns are counted under a lock, since two that count at
-- the same moment would both find room; without anything to count there is no lock. A run that has said that it
-- sent nothing does not begin afterwards, as a statement that was held up could make it.
CREATE OR REPLACE FUNCTION begin_submission(
	new_video_id text, new_attempt integer, new_twin_key text, new_run_id uuid,
	max_in_flight integer, sending_ms double precision
) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	turn text;
BEGIN
	IF max_in_flight IS NOT NULL
		OR EXISTS (SELECT FROM upstream_state WHERE name = 'upstream' AND failed_submits >= 3)
	THEN
		PERFORM pg_advisory_xact_lock(hashtextextended('begin_submission', 0));
		turn := turn_to_submit(new_video_id, new_attempt, max_in_flight, sending_ms);
		IF turn <> 'free' THEN
			RETURN turn;
		END IF;
	END IF;

	WITH task AS (
		SELECT video_id, attempt FROM video_tasks
		WHERE video_id = new_video_id AND attempt = new_attempt AND status = 'QUEUED' FOR UPDATE
	)
	INSERT INTO submissions AS s (video_id, attempt, outcome, twin_key, run_id, started_at)
	SELECT video_id, attempt, 'sending', new_twin_key, new_run_id, clock_timestamp() FROM task
	ON CONFLICT (video_id, attempt) DO UPDATE
	SET outcome = 'sending', twin_key = excluded.twin_key, run_id = excluded.run_id,
		started_at = clock_timestamp(), settled_at = NULL
	WHERE s.outcome = 'not_sent' AND s.run_id <> new_run_id;
	RETURN CASE WHEN FOUND THEN 'begun' ELSE 'not_queued' END;
END
$$;
--> statement-breakpoint
-- Notes that a submission was answered 5xx (because 'upstream_errors') or not now, and tells what that means:
-- `held`: it holds back all submissions for held_ms, or they are held back already;
-- `alone`: it waits by itself, for held_ms at least;
-- `refused`: it was a no to this request, which was answered so before a video was made for another one.
-- The third 5xx of different requests in a row holds back all, and each other answer does: for asked_ms if above 0,
-- else for 5 s doubling to 60 s, half of it random. What began before others were held back can only lengthen that.
-- A request whose trouble ended for others holds nobody back again. A no of which nobody can tell whom it is meant
-- for (may_be_refused) holds back all only once, unless upstream worked in the last ten minutes, and from the fourth
-- different request in a row on: then it is the key.
CREATE FUNCTION note_trouble(
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
	IF may_be_refused AND state.made_at > unclear_before THEN
		means := 'refused';
		RETURN;
	END IF;
	UPDATE submissions SET unclear_at = CASE WHEN may_be_refused THEN asked_at ELSE unclear_at END,
		troubled_at = CASE WHEN troubled_before <= state.worked_at THEN troubled_before ELSE asked_at END
	WHERE video_id = sent_video_id AND attempt = sent_attempt;
	IF troubled_before <= state.worked_at THEN
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
