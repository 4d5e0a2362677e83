-- Whether one more submission may be sent now: no more than max_in_flight (null: any number) are open or being
-- made upstream, and after three submits in a row that were answered 5xx or not now only one goes out at a time. What
-- began longer ago than sending_ms is no longer being sent.
CREATE FUNCTION may_submit(max_in_flight integer, sending_ms double precision) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
	SELECT (max_in_flight IS NULL OR max_in_flight > (
		(SELECT count(*) FROM submissions WHERE outcome IN ('sending', 'in_doubt'))
		+ (SELECT count(*) FROM video_tasks WHERE status = 'PROCESSING')
	)) AND NOT (
		EXISTS (SELECT FROM upstream_state WHERE name = 'upstream' AND failed_submits >= 3)
		AND EXISTS (
			SELECT FROM submissions
			WHERE outcome = 'sending' AND started_at > clock_timestamp() - sending_ms * interval '1 ms'
		)
	)
$$;
--> statement-breakpoint
-- Records that a submission is about to be sent. Permits are counted under a lock, since two that count at the
-- same moment would both find room; without anything to count there is no lock. A run that has said that it
-- sent nothing does not begin afterwards, as a statement that was held up could make it.
CREATE FUNCTION begin_submission(
	new_video_id text, new_attempt integer, new_twin_key text, new_run_id uuid,
	max_in_flight integer, sending_ms double precision
) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	IF max_in_flight IS NOT NULL
		OR EXISTS (SELECT FROM upstream_state WHERE name = 'upstream' AND failed_submits >= 3)
	THEN
		PERFORM pg_advisory_xact_lock(hashtextextended('begin_submission', 0));
		IF NOT may_submit(max_in_flight, sending_ms) THEN
			RETURN 'no_permit';
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
-- Inserts a QUEUED task that has no idempotency key, unless it is a re-send of one like it, of the same user and
-- at most five minutes old, and answers the name of the task that the request stands for. First sends and
-- re-sends of one request wait for each other.
CREATE FUNCTION insert_task_once(
	new_video_id text, new_user_id uuid, new_request_hash text, new_prompt text,
	new_model text, new_size text, new_seconds text, new_metadata jsonb, resent boolean
) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	earlier text;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended(new_user_id::text || new_request_hash, 0));
	IF resent THEN
		SELECT video_id INTO earlier FROM video_tasks
		WHERE user_id = new_user_id AND request_hash = new_request_hash AND client_request_id IS NULL
			AND created_at > clock_timestamp() - interval '5 minutes'
		ORDER BY created_at DESC LIMIT 1;
		IF FOUND THEN
			RETURN earlier;
		END IF;
	END IF;

	INSERT INTO video_tasks (video_id, user_id, request_hash, prompt, model, size, seconds, metadata)
	VALUES (new_video_id, new_user_id, new_request_hash, new_prompt, new_model, new_size, new_seconds, new_metadata)
	ON CONFLICT (video_id) DO NOTHING;
	RETURN new_video_id;
END
$$;
