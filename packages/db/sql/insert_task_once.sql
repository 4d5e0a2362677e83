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
