CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"name" text NOT NULL,
	"prefix" text NOT NULL,
	"hash" text NOT NULL,
	"scopes" text[] NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "api_keys_hash_key" ON "api_keys" USING btree ("hash");--> statement-breakpoint
CREATE INDEX "api_keys_by_user" ON "api_keys" USING btree ("user_id","created_at");
--> statement-breakpoint
-- Makes a key of a user who has fewer than `most`, and says whether it is there: a second time it is the same one.
CREATE FUNCTION insert_api_key(
  new_id uuid, new_user_id uuid, new_name text, new_prefix text, new_hash text, new_scopes text[],
  new_expires_at timestamptz, most integer
) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  -- One of a user's at a time, so that each counts those before it.
  PERFORM pg_advisory_xact_lock(hashtextextended('api_keys ' || new_user_id, 0));
  INSERT INTO api_keys (id, user_id, name, prefix, hash, scopes, expires_at)
  SELECT new_id, new_user_id, new_name, new_prefix, new_hash, new_scopes, new_expires_at
  WHERE (SELECT count(*) FROM api_keys WHERE user_id = new_user_id) < most
  ON CONFLICT DO NOTHING;
  RETURN EXISTS (SELECT FROM api_keys WHERE id = new_id);
END
$$;
