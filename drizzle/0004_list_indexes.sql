CREATE INDEX "submissions_open" ON "submissions" USING btree ("video_id","attempt") WHERE "submissions"."outcome" in ('sending', 'in_doubt');--> statement-breakpoint
CREATE INDEX "video_tasks_by_user_updated" ON "video_tasks" USING btree ("user_id","updated_at","video_id");--> statement-breakpoint
CREATE INDEX "video_tasks_by_user_completed" ON "video_tasks" USING btree ("user_id",coalesce("completed_at", 'epoch'),"video_id","completed_at");--> statement-breakpoint
CREATE INDEX "video_tasks_by_user_status" ON "video_tasks" USING btree ("user_id","status","created_at","video_id");--> statement-breakpoint
CREATE INDEX "video_tasks_by_user_status_updated" ON "video_tasks" USING btree ("user_id","status","updated_at","video_id");--> statement-breakpoint
CREATE INDEX "video_tasks_by_user_status_completed" ON "video_tasks" USING btree ("user_id","status",coalesce("completed_at", 'epoch'),"video_id","completed_at");--> statement-breakpoint
CREATE INDEX "video_tasks_by_created" ON "video_tasks" USING btree ("created_at","video_id");--> statement-breakpoint
CREATE INDEX "video_tasks_by_updated" ON "video_tasks" USING btree ("updated_at","video_id");--> statement-breakpoint
CREATE INDEX "video_tasks_by_completed" ON "video_tasks" USING btree (coalesce("completed_at", 'epoch'),"video_id","completed_at");--> statement-breakpoint
CREATE INDEX "video_tasks_by_status" ON "video_tasks" USING btree ("status","created_at","video_id");--> statement-breakpoint
CREATE INDEX "video_tasks_by_status_updated" ON "video_tasks" USING btree ("status","updated_at","video_id");--> statement-breakpoint
CREATE INDEX "video_tasks_by_status_completed" ON "video_tasks" USING btree ("status",coalesce("completed_at", 'epoch'),"video_id","completed_at");--> statement-breakpoint
-- Inserts a QUEUED task that has no idempotency key, and answers the name of the task that the request stands for.
-- A re-send stands for the newest like it, of the same user and at most five minutes old. So does a first send that
-- its re-send has overtaken, once. Sends of one request wait for each other. The time is the statement's: an index
-- can't be searched for clock_timestamp(), which may change from row to row.
CREATE OR REPLACE FUNCTION insert_task_once(
	new_video_id text, new_user_id uuid, new_request_hash text, new_prompt text,
	new_model text, new_size text, new_seconds text, new_metadata jsonb, resent boolean
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
		video_id, user_id, request_hash, first_send, prompt, model, size, seconds, metadata
	) VALUES (
		new_video_id, new_user_id, new_request_hash, CASE WHEN resent THEN '' END, new_prompt,
		new_model, new_size, new_seconds, new_metadata
	) ON CONFLICT (video_id) DO NOTHING;
	RETURN new_video_id;
END
$$;
