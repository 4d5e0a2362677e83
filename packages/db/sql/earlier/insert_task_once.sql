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
