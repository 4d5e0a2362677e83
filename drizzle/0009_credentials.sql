DROP INDEX "submissions_external_id_key";--> statement-breakpoint
ALTER TABLE "submissions" ADD COLUMN "credential" text DEFAULT 'default/default' NOT NULL;--> statement-breakpoint
ALTER TABLE "submissions" ADD COLUMN "not_before" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "upstream_state" ADD COLUMN "sent_at" timestamp (3) with time zone[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "video_tasks" ADD COLUMN "credential" text;--> statement-breakpoint
ALTER TABLE "video_tasks" ADD COLUMN "pinned_to" text;--> statement-breakpoint
CREATE UNIQUE INDEX "submissions_upstream_external_id_key" ON "submissions" USING btree (split_part("credential", '/', 1),"external_id");--> statement-breakpoint
CREATE INDEX "submissions_by_credential" ON "submissions" USING btree ("credential","started_at");--> statement-breakpoint
CREATE INDEX "video_tasks_processing_by_credential" ON "video_tasks" USING btree (coalesce("credential", 'default/default')) WHERE "video_tasks"."status" = 'PROCESSING';--> statement-breakpoint
INSERT INTO "upstream_state" (name, failed_submits, held_until, held_because, unclear_requests, worked_at, made_at, poll_stretch, stretched_at)
SELECT 'default/default', failed_submits, held_until, held_because, unclear_requests, worked_at, made_at, poll_stretch, stretched_at
FROM "upstream_state" WHERE name = 'upstream'
ON CONFLICT DO NOTHING;
--> statement-breakpoint
DROP FUNCTION hold_back(text, integer, boolean, double precision);
--> statement-breakpoint
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
--> statement-breakpoint
-- Whether this attempt may be sent with this credential now. turn: 'free'; 'held', for wait_ms; 'no_permit': as many are
-- under way, or began within rate_window_ms, as may be; 'not_its_turn': for three seconds after a hold, tasks that had no
-- trouble go before those that had. What began sending_ms ago is no longer being sent.
CREATE OR REPLACE FUNCTION turn_to_submit(
  new_video_id text, new_attempt integer, sent_with text, max_in_flight integer, rate integer,
  rate_window_ms double precision, sending_ms double precision, OUT turn text, OUT wait_ms double precision
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  state upstream_state;
  asked_at timestamptz := clock_timestamp();
  window_begins timestamptz := asked_at - rate_window_ms * interval '1 ms';
BEGIN
  wait_ms := 0;
  SELECT * INTO state FROM upstream_state WHERE name = sent_with;

  IF state.failed_submits >= 3 THEN
    IF state.held_until > asked_at THEN
      turn := 'held';
      wait_ms := extract(epoch FROM state.held_until - asked_at) * 1000;
      RETURN;
    END IF;
    -- After a hold one goes at a time.
    IF EXISTS (
      SELECT FROM submissions WHERE credential = sent_with AND outcome = 'sending'
      AND started_at > asked_at - sending_ms * interval '1 ms'
    ) THEN
      turn := 'no_permit';
      RETURN;
    END IF;
    -- This request was part of the trouble that led to the hold, and another waits that was not.
    IF state.held_until > asked_at - interval '3 seconds'
      AND EXISTS (
        SELECT FROM submissions WHERE video_id = new_video_id AND attempt = new_attempt
        AND troubled_at > coalesce(state.worked_at, '-infinity')
      )
      AND EXISTS (
        SELECT FROM video_tasks t
        WHERE t.status = 'QUEUED'
        AND coalesce(t.pinned_to, sent_with) IN (sent_with, split_part(sent_with, '/', 1))
        AND NOT EXISTS (
          SELECT FROM submissions s
          WHERE s.video_id = t.video_id AND s.attempt = t.attempt
          AND (s.outcome IN ('sending', 'in_doubt') OR s.troubled_at > coalesce(state.worked_at, '-infinity'))
        )
      )
    THEN
      turn := 'not_its_turn';
      RETURN;
    END IF;
  END IF;

  IF max_in_flight <= in_flight(sent_with) THEN
    turn := 'no_permit';
    RETURN;
  END IF;
  IF rate <= (SELECT count(*) FROM unnest(state.sent_at) AS sent WHERE sent > window_begins) THEN
    turn := 'no_permit';
    wait_ms := (
      SELECT extract(epoch FROM min(sent) - window_begins) * 1000
      FROM unnest(state.sent_at) AS sent WHERE sent > window_begins
    );
    RETURN;
  END IF;
  turn := 'free';
END
$$;
--> statement-breakpoint
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
--> statement-breakpoint
-- Records that a submission is about to be sent with a credential, and returns 'begun' or why it may not be. A lock lets
-- only one count a credential's permits at a time. A run that said it sent nothing can't begin later, though its
-- statement may arrive late.
CREATE OR REPLACE FUNCTION begin_submission(
  new_video_id text, new_attempt integer, new_twin_key text, new_run_id uuid, sent_with text,
  max_in_flight integer, rate integer, rate_window_ms double precision, sending_ms double precision
) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  look record;
BEGIN
  IF max_in_flight IS NOT NULL OR rate IS NOT NULL
    OR EXISTS (SELECT FROM upstream_state WHERE name = sent_with AND failed_submits >= 3)
  THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('begin_submission ' || sent_with, 0));
    SELECT * INTO look FROM turn_to_submit(
      new_video_id, new_attempt, sent_with, max_in_flight, rate, rate_window_ms, sending_ms
    );
    IF look.turn <> 'free' THEN
      RETURN look.turn;
    END IF;
  END IF;

  WITH task AS (
    SELECT video_id, attempt FROM video_tasks
    WHERE video_id = new_video_id AND attempt = new_attempt AND status = 'QUEUED' FOR UPDATE
  )
  INSERT INTO submissions AS s (video_id, attempt, outcome, credential, twin_key, run_id, started_at)
  SELECT video_id, attempt, 'sending', sent_with, new_twin_key, new_run_id, clock_timestamp() FROM task
  ON CONFLICT (video_id, attempt) DO UPDATE
  SET outcome = 'sending', credential = excluded.credential, twin_key = excluded.twin_key,
    run_id = excluded.run_id, started_at = clock_timestamp(), settled_at = NULL
  WHERE s.outcome = 'not_sent' AND s.run_id <> new_run_id;
  IF NOT FOUND THEN
    RETURN 'not_queued';
  END IF;

  IF rate IS NOT NULL THEN
    INSERT INTO upstream_state AS u (name, sent_at) VALUES (sent_with, ARRAY[clock_timestamp()])
    ON CONFLICT (name) DO UPDATE SET sent_at = clock_timestamp() || ARRAY(
      SELECT sent FROM unnest(u.sent_at) AS sent
      WHERE sent > clock_timestamp() - rate_window_ms * interval '1 ms'
    );
  END IF;
  RETURN 'begun';
END
$$;
--> statement-breakpoint
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
--> statement-breakpoint
-- Inserts a QUEUED task that has no idempotency key, and returns the name of the task that the request stands for.
-- A re-send stands for the newest task like it, of the same user and at most five minutes old. So does, once, a first
-- send that its re-send has overtaken. A lock makes sends of one request wait for each other.
CREATE OR REPLACE FUNCTION insert_task_once(
  new_video_id text, new_user_id uuid, new_request_hash text, new_prompt text,
  new_model text, new_size text, new_seconds text, new_metadata jsonb, new_pinned_to text, resent boolean
) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  earlier text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(new_user_id::text || new_request_hash, 0));
  SELECT video_id INTO earlier FROM video_tasks
  WHERE user_id = new_user_id AND request_hash = new_request_hash AND client_request_id IS NULL
    AND created_at > statement_timestamp() - interval '5 minutes'
    AND (resent OR first_send IN ('', new_video_id))
  ORDER BY created_at DESC LIMIT 1;
  IF FOUND THEN
    UPDATE video_tasks SET first_send = new_video_id WHERE NOT resent AND video_id = earlier;
    RETURN earlier;
  END IF;

  INSERT INTO video_tasks (
    video_id, user_id, request_hash, first_send, prompt, model, size, seconds, metadata, pinned_to
  ) VALUES (
    new_video_id, new_user_id, new_request_hash, CASE WHEN resent THEN '' END, new_prompt,
    new_model, new_size, new_seconds, new_metadata, new_pinned_to
  ) ON CONFLICT (video_id) DO NOTHING;
  RETURN new_video_id;
END
$$;
--> statement-breakpoint
-- For processes of an earlier version, which know one credential, while they are replaced.
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
    -- The lock of processes that know several: nobody counts beside them.
    PERFORM pg_advisory_xact_lock(hashtextextended('begin_submission default/default', 0));
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
  SET outcome = 'sending', credential = 'default/default', twin_key = excluded.twin_key,
    run_id = excluded.run_id, started_at = clock_timestamp(), settled_at = NULL
  WHERE s.outcome = 'not_sent' AND s.run_id <> new_run_id;
  RETURN CASE WHEN FOUND THEN 'begun' ELSE 'not_queued' END;
END
$$;
--> statement-breakpoint
-- For processes of an earlier version, which know one credential, while they are replaced.
CREATE OR REPLACE FUNCTION insert_task_once(
  new_video_id text, new_user_id uuid, new_request_hash text, new_prompt text,
  new_model text, new_size text, new_seconds text, new_metadata jsonb, resent boolean
) RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT insert_task_once(
    new_video_id, new_user_id, new_request_hash, new_prompt,
    new_model, new_size, new_seconds, new_metadata, NULL, resent
  )
$$;
