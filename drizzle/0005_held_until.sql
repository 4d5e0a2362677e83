ALTER TABLE "upstream_state" ADD COLUMN "held_until" timestamp (3) with time zone;
--> statement-breakpoint
-- Whether one more submission may be sent now: no more than max_in_flight (null: any number) are open or being
-- made upstream, and after three submits in a row that were answered 5xx, or one that was answered not now, none
-- before held_until and then only one at a time. What began longer ago than sending_ms is no longer being sent.
CREATE OR REPLACE FUNCTION may_submit(max_in_flight integer, sending_ms double precision) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
	SELECT (max_in_flight IS NULL OR max_in_flight > (
		(SELECT count(*) FROM submissions WHERE outcome IN ('sending', 'in_doubt'))
		+ (SELECT count(*) FROM video_tasks WHERE status = 'PROCESSING')
	)) AND NOT EXISTS (
		SELECT FROM upstream_state u WHERE u.name = 'upstream' AND u.failed_submits >= 3
		AND (u.held_until > clock_timestamp() OR EXISTS (
			SELECT FROM submissions
			WHERE outcome = 'sending' AND started_at > clock_timestamp() - sending_ms * interval '1 ms'
		))
	)
$$;
--> statement-breakpoint
-- Counts a submission that was answered 5xx (one more in a row) or not now (three at least). From three on all are
-- held back for asked_ms if above 0, else for 5 s doubling to 60 s, half of it random. What began before others were
-- held back says nothing new: it can only lengthen that. Answers the ms that all are held back from now.
CREATE FUNCTION hold_back(
	sent_video_id text, sent_attempt integer, not_now boolean, asked_ms double precision
) RETURNS double precision LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	state upstream_state;
	hold_ms double precision := asked_ms;
	asked_at timestamptz(3);
BEGIN
	INSERT INTO upstream_state (name) VALUES ('upstream') ON CONFLICT DO NOTHING;
	SELECT * INTO state FROM upstream_state WHERE name = 'upstream' FOR UPDATE;
	IF NOT EXISTS (
		SELECT FROM submissions
		WHERE video_id = sent_video_id AND attempt = sent_attempt AND started_at < state.held_until
	) THEN
		state.failed_submits := greatest(state.failed_submits + 1, CASE WHEN not_now THEN 3 END);
		IF asked_ms = 0 THEN
			hold_ms := least(60000, 5000 * 2 ^ least(state.failed_submits - 3, 10)) * (0.5 + random() / 2);
		END IF;
	END IF;

	asked_at := clock_timestamp();
	IF state.failed_submits >= 3 THEN
		state.held_until := greatest(state.held_until, asked_at + hold_ms * interval '1 ms');
	END IF;
	UPDATE upstream_state SET failed_submits = state.failed_submits, held_until = state.held_until
	WHERE name = 'upstream';
	RETURN greatest(0, coalesce(extract(epoch FROM state.held_until - asked_at) * 1000, 0));
END
$$;
