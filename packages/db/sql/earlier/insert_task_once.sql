-- For processes of an earlier version, which know one credential, while they are replaced.
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
