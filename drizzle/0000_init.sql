CREATE TABLE "leases" (
	"name" text PRIMARY KEY NOT NULL,
	"holder" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "submissions" (
	"video_id" text NOT NULL,
	"attempt" integer NOT NULL,
	"outcome" text NOT NULL,
	"twin_key" text NOT NULL,
	"run_id" uuid NOT NULL,
	"external_id" text,
	"started_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"settled_at" timestamp (3) with time zone,
	CONSTRAINT "submissions_video_id_attempt_pk" PRIMARY KEY("video_id","attempt"),
	CONSTRAINT "submissions_outcome" CHECK ("submissions"."outcome" in ('sending', 'in_doubt', 'accepted', 'adopted', 'refused', 'not_sent', 'unknown'))
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"username" text NOT NULL,
	"email" text NOT NULL,
	"password_hash" text NOT NULL,
	"role" text DEFAULT 'USER' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "video_tasks" (
	"video_id" text PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"client_request_id" text,
	"request_hash" text NOT NULL,
	"status" text DEFAULT 'QUEUED' NOT NULL,
	"attempt" integer DEFAULT 1 NOT NULL,
	"auto_retries_used" integer DEFAULT 0 NOT NULL,
	"force" boolean DEFAULT false NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"progress" smallint DEFAULT 0 NOT NULL,
	"external_task_id" text,
	"prompt" text NOT NULL,
	"model" text,
	"size" text,
	"seconds" text,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"error_code" text,
	"error_message" text,
	"upstream_code" text,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"queued_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"accepted_at" timestamp (3) with time zone,
	"completed_at" timestamp (3) with time zone,
	CONSTRAINT "video_tasks_status" CHECK ("video_tasks"."status" in ('QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED')),
	CONSTRAINT "video_tasks_processing_has_video" CHECK ("video_tasks"."status" <> 'PROCESSING' or ("video_tasks"."external_task_id" is not null and "video_tasks"."accepted_at" is not null)),
	CONSTRAINT "video_tasks_progress" CHECK ("video_tasks"."progress" between 0 and 100)
);
--> statement-breakpoint
ALTER TABLE "video_tasks" ADD CONSTRAINT "video_tasks_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "submissions_external_id_key" ON "submissions" USING btree ("external_id");--> statement-breakpoint
CREATE UNIQUE INDEX "submissions_twin_key" ON "submissions" USING btree ("twin_key") WHERE "submissions"."outcome" in ('sending', 'in_doubt');--> statement-breakpoint
CREATE UNIQUE INDEX "users_username_key" ON "users" USING btree (lower("username"));--> statement-breakpoint
CREATE UNIQUE INDEX "users_email_key" ON "users" USING btree (lower("email"));--> statement-breakpoint
CREATE UNIQUE INDEX "video_tasks_client_request_key" ON "video_tasks" USING btree ("user_id","client_request_id");--> statement-breakpoint
CREATE INDEX "video_tasks_by_user" ON "video_tasks" USING btree ("user_id","created_at","video_id");--> statement-breakpoint
CREATE INDEX "video_tasks_ended" ON "video_tasks" USING btree ("user_id","completed_at") WHERE "video_tasks"."completed_at" is not null;--> statement-breakpoint
CREATE INDEX "video_tasks_unfinished" ON "video_tasks" USING btree ("video_id") WHERE "video_tasks"."status" in ('QUEUED', 'PROCESSING');--> statement-breakpoint
CREATE INDEX "video_tasks_remix_from" ON "video_tasks" USING btree (("metadata" ->> 'remix_from'));